package dev.gatehouse.admin.core;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import io.vertx.core.buffer.Buffer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the route of a request. Safe for any thread. */
public final class Router {

  private record Compiled(Route route, List<String> segments) {}

  private record Found(Route route, Map<String, String> path) {}

  private final List<Compiled> routes;

  /** Knows these routes; of two that fit, the first one counts. */
  public Router(List<Route> routes) {
    this.routes = routes.stream().map(r -> new Compiled(r, r.segments())).toList();
  }

  /** All routes, in order. */
  public List<Route> routes() {
    return routes.stream().map(Compiled::route).toList();
  }

  /**
   * Answers; what goes wrong for a known reason is an answer, too.
   *
   * @param target path and query as they came
   */
  public Reply answer(String method, String target, Buffer body, Deadline deadline) {
    try {
      int mark = target.indexOf('?');
      var segments = segments(mark < 0 ? target : target.substring(0, mark));
      var fitting = new TreeSet<String>();
      var found = find(method, segments, fitting);
      if (found == null) {
        return fitting.isEmpty() ? noSuchPath() : wrongMethod(method, fitting);
      }
      var query = query(mark < 0 ? "" : target.substring(mark + 1), found.route().parameters());
      return found.route().handler().handle(new Request(found.path(), query, body, deadline));
    } catch (GatehouseException e) {
      return Reply.problem(e);
    }
  }

  private @Nullable Found find(String method, List<String> segments, Set<String> fitting) {
    for (var candidate : routes) {
      var path = match(candidate.segments(), segments);
      if (path != null) {
        fitting.add(candidate.route().method());
        if (candidate.route().method().equals(method)) {
          return new Found(candidate.route(), path);
        }
      }
    }
    return null;
  }

  private static @Nullable Map<String, String> match(List<String> pattern, List<String> segments) {
    if (pattern.size() != segments.size()) {
      return null;
    }
    var path = new HashMap<String, String>();
    for (int i = 0; i < pattern.size(); i++) {
      var wanted = pattern.get(i);
      if (wanted.startsWith("{")) {
        path.put(wanted.substring(1, wanted.length() - 1), segments.get(i));
      } else if (!wanted.equals(segments.get(i))) {
        return null;
      }
    }
    return path;
  }

  private static List<String> segments(String path) {
    var segments = new ArrayList<String>();
    for (var part : path.substring(path.startsWith("/") ? 1 : 0).split("/", -1)) {
      segments.add(decoded(part.replace("+", "%2B")));
    }
    return segments;
  }

  private static Map<String, String> query(String text, Set<String> known) {
    var query = new LinkedHashMap<String, String>();
    if (text.isEmpty()) {
      return query;
    }
    for (var pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      var name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      var value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      if (!known.contains(name) || query.put(name, value) != null) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "A parameter of the request is unknown here or given twice.",
            known.isEmpty()
                ? "Ask without parameters."
                : "Known are: " + String.join(", ", new TreeSet<>(known)) + ".");
      }
    }
    return query;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The address of the request is not encoded correctly.",
          "Write '%' as %25.",
          e);
    }
  }

  private static Reply noSuchPath() {
    return Reply.problem(
        new GatehouseException(
            AdminErrorCode.NO_SUCH_PATH,
            "There is nothing at this path.",
            "GET /v1/openapi.json says what there is."));
  }

  private static Reply wrongMethod(String method, Set<String> fitting) {
    var allowed = String.join(", ", fitting);
    return Reply.problem(
            new GatehouseException(
                AdminErrorCode.METHOD_NOT_ALLOWED,
                "This path does not know the method " + method + ".",
                "Use " + allowed + "."))
        .with("Allow", allowed);
  }
}
