package dev.gatehouse.gateway.core;

/**
 * What the internet resource does not reach: private, local and reserved networks. IPv4: RFC 1918,
 * loopback, link-local, 100.64.0.0/10 (RFC 6598), multicast, 240.0.0.0/4, and 0.0.0.0/8. IPv6:
 * unspecified and loopback, IPv4-mapped, unique-local, link-local, multicast.
 */
public final class InternetRejects {

  private InternetRejects() {}

  /**
   * Whether the address lies in one of them.
   *
   * @param version 4 or 6
   * @param high the upper half
   * @param low the lower half
   */
  public static boolean contains(int version, long high, long low) {
    return version == 4 ? containsV4((int) low) : containsV6(high, low);
  }

  private static boolean containsV4(int address) {
    int first = address >>> 24;
    return switch (first) {
      case 0, 10, 127 -> true;
      case 100 -> (address & 0xffc0_0000) == 0x6440_0000;
      case 169 -> (address & 0xffff_0000) == 0xa9fe_0000;
      case 172 -> (address & 0xfff0_0000) == 0xac10_0000;
      case 192 -> (address & 0xffff_0000) == 0xc0a8_0000;
      default -> first >= 224;
    };
  }

  private static boolean containsV6(long high, long low) {
    if (high == 0) {
      return low >>> 1 == 0 || low >>> 32 == 0xffffL;
    }
    int first = (int) (high >>> 56);
    return first == 0xff || (first & 0xfe) == 0xfc || high >>> 54 == 0xfe80L >>> 6;
  }
}
