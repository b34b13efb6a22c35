package dev.gatehouse.api.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The checksum of IP, TCP, UDP and ICMP (RFC 1071). Sums are of native-endian words, which the
 * one's complement sum permits; {@link #finish} gives the value as it is written to the packet in
 * network order.
 *
 * @since 0.1.0
 */
public final class InternetChecksum {

  private static final boolean LITTLE =
      java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;

  private InternetChecksum() {}

  /**
   * Adds bytes to a sum. A piece that starts at an odd position of the message must not be added
   * alone.
   *
   * @return an unfolded sum, to be passed on or to {@link #finish}
   */
  public static long add(long sum, MemorySegment slab, long offset, int length) {
    int words = length >>> 2;
    long total = sum;
    for (int i = 0; i < words; i++) {
      total += slab.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 4L * i) & 0xffff_ffffL;
    }
    long at = offset + 4L * words;
    int rest = length & 3;
    if (rest >= 2) {
      total += slab.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xffffL;
      at += 2;
    }
    if ((rest & 1) != 0) {
      long last = slab.get(ValueLayout.JAVA_BYTE, at) & 0xffL;
      total += LITTLE ? last : last << 8;
    }
    return total;
  }

  /** Adds a 16-bit number that stands in the message in network order. */
  public static long add16(long sum, int value) {
    return sum + (LITTLE ? Short.reverseBytes((short) value) & 0xffffL : value & 0xffffL);
  }

  /**
   * Adds the pseudo-header of TCP, UDP or ICMPv6.
   *
   * @param ipOffset where the IP header starts
   * @param version 4 or 6
   * @param protocol the IP protocol number
   * @param length the length of the transport header and payload
   */
  public static long addPseudoHeader(
      long sum, MemorySegment slab, long ipOffset, int version, int protocol, int length) {
    long total = version == 4 ? add(sum, slab, ipOffset + 12, 8) : add(sum, slab, ipOffset + 8, 32);
    total = add16(total, length >>> 16);
    return add16(add16(total, length), protocol);
  }

  /** Folds a sum to 16 bits without complementing it: the form an open checksum field holds. */
  public static int fold(long sum) {
    long folded = (sum >>> 32) + (sum & 0xffff_ffffL);
    folded = (folded >>> 32) + (folded & 0xffff_ffffL);
    folded = (folded >>> 16) + (folded & 0xffff);
    folded = (folded >>> 16) + (folded & 0xffff);
    folded = (folded >>> 16) + (folded & 0xffff);
    return LITTLE ? Short.reverseBytes((short) folded) & 0xffff : (int) folded;
  }

  /** The checksum to write in network order: the complement of the folded sum. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /**
   * Updates a checksum for one changed 16-bit field (RFC 1624, equation 3).
   *
   * @return the new value of the checksum field
   */
  public static int update(int checksum, int oldField, int newField) {
    int sum = (~checksum & 0xffff) + (~oldField & 0xffff) + (newField & 0xffff);
    sum = (sum >>> 16) + (sum & 0xffff);
    sum = (sum >>> 16) + (sum & 0xffff);
    return ~sum & 0xffff;
  }
}
