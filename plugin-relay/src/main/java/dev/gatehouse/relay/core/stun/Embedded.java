package dev.gatehouse.relay.core.stun;

/**
 * IPv4 addresses hidden in IPv6 ones. A packet to such an address may end at the IPv4 host, so a
 * rule about IPv4 has to look inside.
 */
public final class Embedded {

  /** No IPv4 address inside. */
  public static final long NONE = -1;

  private static final long NAT64 = 0x0064_ff9b_0000_0000L;
  private static final long LOCAL_NAT64 = 0x0064_ff9b_0001L;

  private Embedded() {}

  /** Whether this is an IPv4 address in its mapped form, {@code ::ffff:a.b.c.d} (RFC 4291). */
  public static boolean isMapped(long high, long low) {
    return high == 0 && low >>> 32 == 0xffffL;
  }

  /**
   * The IPv4 address inside one that is not mapped: compatible {@code ::a.b.c.d} (RFC 4291),
   * translated {@code ::ffff:0:a.b.c.d} (RFC 2765), NAT64 {@code 64:ff9b::/96} and {@code
   * 64:ff9b:1::/48} (RFC 6052, RFC 8215), 6to4 {@code 2002::/16} (RFC 3056), Teredo {@code
   * 2001::/32} (RFC 4380), ISATAP (RFC 5214).
   *
   * @return 0 to 2^32 - 1, or {@link #NONE}
   */
  public static long v4(long high, long low) {
    long last = low & 0xffff_ffffL;
    int group = (int) (low >>> 32);
    if (high == 0 && (group == 0 || group == 0xffff_0000)) {
      return last;
    }
    if ((high == NAT64 && group == 0) || high >>> 16 == LOCAL_NAT64) {
      return last;
    }
    if (high >>> 48 == 0x2002) {
      return high >>> 16 & 0xffff_ffffL;
    }
    if (high >>> 32 == 0x2001_0000) {
      return ~last & 0xffff_ffffL;
    }
    if ((group & ~0x0200_0000) == 0x0000_5efe) {
      return last;
    }
    return NONE;
  }

  /**
   * Whether the address belongs to a translator or tunnel, so that nobody can tell where a packet
   * to it ends. ISATAP is not among them: it is an ordinary address of a site's own network.
   */
  public static boolean isTransition(long high, long low) {
    int group = (int) (low >>> 32);
    return (high == 0 && (group == 0 || group == 0xffff_0000))
        || high >>> 32 == NAT64 >>> 32
        || high >>> 48 == 0x2002
        || high >>> 32 == 0x2001_0000;
  }
}
