package dev.gatehouse.relay.core;

import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * Tells the protocols apart that may share one UDP port by a datagram's first bytes, in the manner
 * of RFC 7983: STUN by its first two bits and its cookie (RFC 8489, section 5), TURN channels by
 * 0x40 to 0x4f (RFC 8656, section 12), WireGuard by a type of 1 to 4 and three zero bytes. No STUN
 * message looks like WireGuard: the method 0, which the zero bytes would be, is reserved.
 */
public enum FirstBytes {
  /** A message of the tunnel. */
  WIREGUARD,
  /** A STUN message. */
  STUN,
  /** Data of a TURN channel. */
  CHANNEL_DATA,
  /** None of them. */
  OTHER;

  private static final int STUN_COOKIE = 0x2112a442;
  private static final int STUN_HEADER = 20;
  private static final int CHANNEL_HEADER = 4;
  private static final int SHORTEST_WIREGUARD = 32;

  /** Judges the datagram at an offset of a slab. */
  public static FirstBytes of(MemorySegment slab, long offset, int length) {
    if (length < CHANNEL_HEADER) {
      return OTHER;
    }
    int type = Octets.u32le(slab, offset);
    if (type >= 1 && type <= 4) {
      return length >= SHORTEST_WIREGUARD ? WIREGUARD : OTHER;
    }
    int first = type & 0xff;
    if (first < 4) {
      return length >= STUN_HEADER
              && Octets.u32(slab, offset + 4) == STUN_COOKIE
              && Octets.u16(slab, offset + 2) == length - STUN_HEADER
              && (length & 3) == 0
          ? STUN
          : OTHER;
    }
    return first >= 0x40 && first <= 0x4f ? CHANNEL_DATA : OTHER;
  }
}
