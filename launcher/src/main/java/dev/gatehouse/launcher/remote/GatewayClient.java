package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.ErrorCode.Kind;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.launcher.log.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks a running gateway, and turns what it refuses into exceptions with the gateway's words. */
public final class GatewayClient {

  private final HttpOverSocket http;

  /** Asks through a socket; nothing is opened before the first question. */
  public GatewayClient(Path socket) {
    http = new HttpOverSocket(socket);
  }

  /** Asks a place; nothing is opened before the first question. */
  GatewayClient(Place place) {
    this(new HttpOverSocket(place));
  }

  GatewayClient(HttpOverSocket http) {
    this.http = http;
  }

  /** The object at a path. */
  public Answer get(String path) {
    return ask("GET", path, Optional.empty());
  }

  /** What came of sending an object. */
  public Answer post(String path, Map<String, ?> body) {
    return ask("POST", path, Optional.of(body));
  }

  /** What came of changing an object. */
  public Answer patch(String path, Map<String, ?> body) {
    return ask("PATCH", path, Optional.of(body));
  }

  /** What came of a deletion. */
  public Answer delete(String path) {
    return ask("DELETE", path, Optional.empty());
  }

  /** Goes through all pages of a listing. */
  public List<Answer> list(String path, String items) {
    var all = new ArrayList<Answer>();
    forEachPage(path, page -> all.addAll(page.objects(items)));
    return all;
  }

  private void forEachPage(String path, Consumer<Answer> consumer) {
    var next = Optional.<String>empty();
    var separator = path.indexOf('?') < 0 ? "?" : "&";
    do {
      var page = get(next.map(c -> path + separator + "cursor=" + Answer.encoded(c)).orElse(path));
      consumer.accept(page);
      next = page.optional("next");
    } while (next.isPresent());
  }

  private Answer ask(String method, String path, Optional<Map<String, ?>> body) {
    var json = new StringBuilder();
    body.ifPresent(object -> Json.value(json, object));
    var response = http.ask(method, path, json.toString().getBytes(StandardCharsets.UTF_8));
    var answer = Answer.parse(response.body()).orElseThrow(http::notUnderstood);
    if (response.status() < 200 || response.status() > 299) {
      throw refused(response.status(), answer);
    }
    return answer;
  }

  private GatehouseException refused(int status, Answer answer) {
    var code = answer.optional("code");
    var problem = answer.optional("problem");
    if (code.isEmpty() || problem.isEmpty()) {
      return http.notUnderstood();
    }
    var kind =
        switch (status) {
          case 500 -> Kind.BUG;
          case 503 -> Kind.STATE;
          default -> Kind.REQUEST;
        };
    return new GatehouseException(
        new RemoteErrorCode.Received(code.get(), kind),
        problem.get(),
        answer.optional("fix").orElse(""));
  }
}
