package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Pages, and the cursors that lead from one to the next: the last key that was seen. */
final class Cursors {

  private static final int LARGEST_PAGE = 10_000;

  private Cursors() {}

  static void checkLimit(int limit) {
    if (limit < 1 || limit > LARGEST_PAGE) {
      throw invalid("A limit of " + limit + " is not possible.", "Use a number from 1 to 10000.");
    }
  }

  static <T> T parsed(String cursor, Function<String, T> parser) {
    try {
      return parser.apply(cursor);
    } catch (GatehouseException e) {
      throw invalid(
          "The cursor did not come from this store.",
          "Pass on the cursor of the page before unchanged.");
    }
  }

  static AuthorizationKey authorizationKey(String cursor) {
    return parsed(
        cursor,
        text -> {
          int slash = Math.max(text.indexOf('/'), 0);
          return new AuthorizationKey(
              new ClientId(text.substring(0, slash)),
              new ResourceId(text.substring(Math.min(slash + 1, text.length()))));
        });
  }

  static String text(AuthorizationKey key) {
    return key.client() + "/" + key.resource();
  }

  /** A page of at most {@code limit} items out of up to one more. */
  static <T> Page<T> page(List<T> found, int limit, Function<T, String> cursor) {
    return found.size() <= limit
        ? new Page<>(found, Optional.empty())
        : new Page<>(found.subList(0, limit), Optional.of(cursor.apply(found.get(limit - 1))));
  }

  static GatehouseException invalid(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.REQUEST_INVALID, problem, fix);
  }
}
