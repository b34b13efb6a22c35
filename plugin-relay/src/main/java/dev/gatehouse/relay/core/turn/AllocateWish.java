package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;

/**
 * What an Allocate request asks for (RFC 8656, section 7.2).
 *
 * @param error the code to refuse it with, or 0
 * @param families asked for and served
 * @param additional whether the IPv6 address is the additional one
 * @param additionalError why the additional family is missing, or 0
 * @param lifetime in seconds
 * @param even whether the port must be even
 * @param reserve whether the next port is to be kept
 * @param hasToken whether a reservation is to be used
 * @param token which
 */
record AllocateWish(
    int error,
    int families,
    boolean additional,
    int additionalError,
    int lifetime,
    boolean even,
    boolean reserve,
    boolean hasToken,
    long token) {

  /** Families, as bits. */
  static final int V4 = 1;

  static final int V6 = 2;

  private static final int UDP = 17;

  /** Reads a request. */
  static AllocateWish read(StunReader message, TurnSettings settings) {
    int served = (settings.addressV4() == null ? 0 : V4) | (settings.addressV6() == null ? 0 : V6);
    if (!message.has(Stun.REQUESTED_TRANSPORT)) {
      return refused(400);
    }
    if (message.u8(Stun.REQUESTED_TRANSPORT) != UDP) {
      return refused(442);
    }
    boolean family = message.has(Stun.REQUESTED_ADDRESS_FAMILY);
    boolean additional = message.has(Stun.ADDITIONAL_ADDRESS_FAMILY);
    boolean even = message.has(Stun.EVEN_PORT);
    boolean reserve = even && (message.u8(Stun.EVEN_PORT) & 0x80) != 0;
    boolean hasToken = message.has(Stun.RESERVATION_TOKEN);
    if ((hasToken && (even || family || additional))
        || (family && additional)
        || (reserve && additional)
        || (additional && message.u8(Stun.ADDITIONAL_ADDRESS_FAMILY) != Stun.IPV6)) {
      return refused(400);
    }
    int families = V4;
    int additionalError = 0;
    if (family) {
      int asked = message.u8(Stun.REQUESTED_ADDRESS_FAMILY);
      families = asked == Stun.IPV4 ? V4 : asked == Stun.IPV6 ? V6 : 0;
    } else if (additional) {
      families = (V4 | V6) & served;
      additionalError = families == (V4 | V6) ? 0 : 440;
    }
    if (!hasToken && (families == 0 || (families & ~served) != 0)) {
      return refused(440);
    }
    return new AllocateWish(
        0,
        families,
        additional,
        additionalError,
        lifetime(message, settings.lifetimes()),
        even,
        reserve,
        hasToken,
        hasToken ? token(message) : 0);
  }

  /** The lifetime a request gets, in seconds; not for 0, which means the end in a Refresh. */
  static int lifetime(StunReader message, TurnSettings.Lifetimes lifetimes) {
    if (!message.has(Stun.LIFETIME)) {
      return lifetimes.allocation();
    }
    long asked = message.firstU32(Stun.LIFETIME) & 0xffff_ffffL;
    return Math.clamp(asked, lifetimes.shortestAllocation(), lifetimes.longestAllocation());
  }

  private static long token(StunReader message) {
    int place = message.find(Stun.RESERVATION_TOKEN);
    long token = 0;
    for (int i = place; i < place + 8; i++) {
      token = token << 8 | (message.bytes()[i] & 0xff);
    }
    return token;
  }

  private static AllocateWish refused(int error) {
    return new AllocateWish(error, 0, false, 0, 0, false, false, false, 0);
  }
}
