package dev.gatehouse.relay.core.turn;

/** The time in a user name. */
final class Expiry {

  private static final int DIGITS = 18;

  private Expiry() {}

  /**
   * Reads seconds since 1970 in decimal.
   *
   * @return -1 for anything but 1 to 18 digits without a leading zero, so that one time has one
   *     spelling
   */
  static long parse(String text) {
    int length = text.length();
    if (length < 1 || length > DIGITS || (length > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
