package dev.gatehouse.admin.core;

import java.util.List;
import java.util.Set;

/**
 * One way to ask.
 *
 * @param method the HTTP method
 * @param path segments that begin with '{' and end with '}' stand for any text
 * @param parameters the names allowed after the question mark
 * @param handler gives the answer; may block
 */
public record Route(String method, String path, Set<String> parameters, Handler handler) {

  /** Gives the answer. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Answers on the calling thread.
     *
     * @throws dev.gatehouse.api.GatehouseException for everything that is not a fault of the
     *     program
     */
    Reply handle(Request request);
  }

  /** A route without parameters. */
  public static Route of(String method, String path, Handler handler) {
    return new Route(method, path, Set.of(), handler);
  }

  List<String> segments() {
    return List.of(path.substring(1).split("/"));
  }
}
