package dev.gatehouse.admin.core;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Optional;

/**
 * A request that found its route.
 *
 * @param path what stands for the names in the route's path
 * @param query the parameters after the question mark
 * @param body the body, empty if there was none
 * @param deadline when the asker stops waiting
 */
public record Request(
    Map<String, String> path, Map<String, String> query, Buffer body, Deadline deadline) {

  /** Items per page unless asked otherwise. */
  static final int DEFAULT_LIMIT = 1000;

  static final int MAX_LIMIT = 10_000;

  /** A part of the path that the route names. */
  public String pathPart(String name) {
    var part = path.get(name);
    if (part == null) {
      throw new IllegalStateException("the route has no part '" + name + "'");
    }
    return part;
  }

  /** A parameter after the question mark. */
  public Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /** Where a listing goes on. */
  public Optional<String> cursor() {
    return parameter("cursor");
  }

  /** How many items a listing may give at once. */
  public int limit() {
    var text = query.getOrDefault("limit", Integer.toString(DEFAULT_LIMIT));
    int limit = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The parameter 'limit' is not usable.",
          "Give a number from 1 to " + MAX_LIMIT + ".");
    }
    return limit;
  }

  /** The body as JSON, to be read field by field. */
  public Fields fields() {
    return new Fields(Json.parseObject(body.getBytes()));
  }
}
