package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.regex.Pattern;

/** Checks on free text that ends up on terminals and in logs. */
final class Texts {

  static final int MAX_NAME = 255;

  private static final int MAX_SHOWN = 80;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private Texts() {}

  /** Text from outside as it may appear in a message: no control characters, not too long. */
  static String shown(String text) {
    var clean = CONTROL.matcher(text).replaceAll("?");
    return clean.length() <= MAX_SHOWN ? clean : clean.substring(0, MAX_SHOWN) + "…";
  }

  static void checkedName(String what, String name) {
    if (name.isBlank() || name.length() > MAX_NAME || hasControl(name)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The name of the " + what + " is not usable.",
          "Give 1 to " + MAX_NAME + " characters without line breaks or control characters.");
    }
  }

  /** A loop, because a store that is opened checks a million names. */
  private static boolean hasControl(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i))) {
        return true;
      }
    }
    return false;
  }
}
