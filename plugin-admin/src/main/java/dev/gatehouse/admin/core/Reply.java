package dev.gatehouse.admin.core;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer, ready to be sent.
 *
 * @param status the HTTP status
 * @param contentType the media type of the body
 * @param body the body
 * @param headers further headers
 */
public record Reply(int status, String contentType, Buffer body, Map<String, String> headers) {

  private static final String JSON = "application/json; charset=utf-8";

  /** 200 with a JSON object. */
  public static Reply ok(Map<String, ?> object) {
    return json(200, object);
  }

  /** A JSON object. */
  public static Reply json(int status, Map<String, ?> object) {
    return new Reply(status, JSON, Buffer.buffer(Json.write(object)), Map.of());
  }

  /** 200 with a text of another type. */
  public static Reply text(String contentType, String text) {
    return new Reply(200, contentType, Buffer.buffer(text), Map.of());
  }

  /** What was wrong, as {@code {code, problem, fix}}. */
  public static Reply problem(GatehouseException problem) {
    var object = new LinkedHashMap<String, Object>();
    object.put("code", problem.code().id());
    object.put("problem", problem.problem());
    object.put("fix", problem.fix());
    return json(status(problem), object);
  }

  /** The same with one more header. */
  public Reply with(String header, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, contentType, body, more);
  }

  private static int status(GatehouseException problem) {
    if (problem.code() instanceof AdminErrorCode own) {
      return own.status();
    }
    if (problem.code() == StandardErrorCode.NOT_FOUND) {
      return 404;
    }
    if (problem.code() == StandardErrorCode.CONFLICT) {
      return 409;
    }
    return switch (problem.code().kind()) {
      case REQUEST, CONFIGURATION -> 400;
      case STATE, ENVIRONMENT -> 503;
      case PLUGIN, BUG -> 500;
    };
  }
}
