package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
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
      throw Problems.invalid(
          "A limit of " + limit + " is not possible.", "Use a number from 1 to 10000.");
    }
  }

  static void checkVersion(long version) {
    if (version < 0) {
      throw Problems.invalid(version + " is not a version.", "Use 0 or a version of this store.");
    }
  }

  static <T> T parsed(String cursor, Function<String, T> parser) {
    try {
      return parser.apply(cursor);
    } catch (GatehouseException e) {
      throw Problems.invalid(
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

  /** Refuses text that is not Unicode, which the database could not give back. */
  static void checkText(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          throw Problems.invalid(
              "A text contains half of a character.", "Give it in complete Unicode characters.");
        }
        i++;
      }
    }
  }
}
