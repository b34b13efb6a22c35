package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;

/** Checks on free text that ends up on terminals and in logs. */
final class Texts {

  static final int MAX_NAME = 255;

  private Texts() {}

  static void checkedName(String what, String name) {
    if (name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The name of the " + what + " is not usable.",
          "Give 1 to " + MAX_NAME + " characters without line breaks or control characters.");
    }
  }
}
