package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Route;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** The description of the API, as OpenAPI 3.1. */
final class OpenApi {

  private OpenApi() {}

  static Route route() {
    var document = document();
    return Route.of(
        "GET",
        "/v1/openapi.json",
        _ -> new Reply(200, "application/json; charset=utf-8", document, Map.of()));
  }

  private static Buffer document() {
    try (var in = OpenApi.class.getResourceAsStream("openapi.json")) {
      if (in == null) {
        throw new IllegalStateException("the module lacks its openapi.json");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
