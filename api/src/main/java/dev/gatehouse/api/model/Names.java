package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.regex.Pattern;

/** The one rule for names that users give. */
final class Names {

  private static final Pattern VALID = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?");

  private Names() {}

  static String checked(String what, String value) {
    if (!VALID.matcher(value).matches()) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "'" + Texts.shown(value) + "' is not a valid " + what + ".",
          "Use 1 to 63 lower-case letters, digits, '.', '_' or '-', starting and ending with a"
              + " letter or digit.");
    }
    return value;
  }
}
