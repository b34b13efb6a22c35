package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.GatehouseException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pages of the web console. They hold no data and no secret: everything they show they ask of
 * the API, with the token that was typed in.
 */
final class Console {

  /** Nothing but these files, nothing inline, nothing from elsewhere, in nobody's frame. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
              + " 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
              + " require-trusted-types-for 'script'; trusted-types 'none'",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Resource-Policy",
          "same-origin");

  private static final List<String> FILES =
      List.of(
          "index.html",
          "style.css",
          "icon.svg",
          "main.js",
          "api.js",
          "model.js",
          "views.js",
          "parts.js",
          "dialogs.js",
          "chart.js",
          "format.js",
          "reasons.js",
          "dom.js");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private Console() {}

  static List<Route> routes() {
    var pages = new LinkedHashMap<String, Reply>();
    FILES.forEach(name -> pages.put(name, page(name)));
    pages.put("", page("index.html"));
    return List.of(
        Route.of(
            "GET",
            "/console",
            _ ->
                new Reply(302, "text/plain", Buffer.buffer(), HEADERS)
                    .with("Location", "/console/")),
        Route.of("GET", "/console/{page}", request -> find(pages, request.pathPart("page"))));
  }

  private static Reply find(Map<String, Reply> pages, String name) {
    var page = pages.get(name);
    if (page == null) {
      throw new GatehouseException(
          AdminErrorCode.NO_SUCH_PATH,
          "The console has no such page.",
          "Open /console/ in a browser.");
    }
    return page;
  }

  private static Reply page(String name) {
    try (var in = Console.class.getResourceAsStream("/dev/gatehouse/admin/console/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the module lacks the console's " + name);
      }
      var type = TYPES.get(name.substring(name.indexOf('.') + 1));
      if (type == null) {
        throw new IllegalStateException("the console's " + name + " has no media type");
      }
      return new Reply(200, type, Buffer.buffer(in.readAllBytes()), HEADERS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
