package dev.gatehouse.relay.core;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code sockaddr_in} and {@code sockaddr_in6} in memory. */
public final class SocketAddress {

  /** Room for either. */
  public static final int BYTES = 28;

  private static final int BYTES_V4 = 16;
  private static final long MAPPED = 0x0000_ffff_0000_0000L;

  private SocketAddress() {}

  /**
   * Writes an address at the beginning of a segment.
   *
   * @param scope the interface for link-local IPv6, or 0
   * @return how many bytes it has
   */
  public static int write(MemorySegment to, Endpoint endpoint, int scope) {
    var address = endpoint.address();
    boolean v4 = address.isV4();
    to.set(ValueLayout.JAVA_SHORT, 0, (short) (v4 ? Linux.AF_INET : Linux.AF_INET6));
    Octets.u16(to, 2, endpoint.port());
    if (v4) {
      Octets.u32(to, 4, address.v4Value());
      Octets.u64(to, 8, 0);
      return BYTES_V4;
    }
    Octets.u32(to, 4, 0);
    Octets.u64(to, 8, address.high());
    Octets.u64(to, 16, address.low());
    to.set(ValueLayout.JAVA_INT, 24, isLinkLocal(address) ? scope : 0);
    return BYTES;
  }

  /**
   * Writes an address at the beginning of a segment, without allocating.
   *
   * @param high as in {@link IpAddress#high()}
   * @param low as in {@link IpAddress#low()}
   * @param scope the interface for link-local IPv6, or 0
   * @return how many bytes it has
   */
  public static int write(MemorySegment to, long high, long low, int port, int scope) {
    boolean v4 = high == 0 && low >>> 32 == MAPPED >>> 32;
    to.set(ValueLayout.JAVA_SHORT, 0, (short) (v4 ? Linux.AF_INET : Linux.AF_INET6));
    Octets.u16(to, 2, port);
    if (v4) {
      Octets.u32(to, 4, (int) low);
      Octets.u64(to, 8, 0);
      return BYTES_V4;
    }
    Octets.u32(to, 4, 0);
    Octets.u64(to, 8, high);
    Octets.u64(to, 16, low);
    to.set(ValueLayout.JAVA_INT, 24, high >>> 54 == 0xfe80 >>> 6 ? scope : 0);
    return BYTES;
  }

  /** Reads what the kernel wrote. */
  public static Endpoint read(MemorySegment from) {
    return new Endpoint(new IpAddress(high(from), low(from)), port(from));
  }

  /** The upper half of the address, as in {@link IpAddress#high()}. */
  public static long high(MemorySegment from) {
    return isV4(from) ? 0 : Octets.u64(from, 8);
  }

  /** The lower half of the address, as in {@link IpAddress#low()}. */
  public static long low(MemorySegment from) {
    return isV4(from) ? mapped(Octets.u32(from, 4)) : Octets.u64(from, 16);
  }

  /** The port. */
  public static int port(MemorySegment from) {
    return Octets.u16(from, 2);
  }

  /** The lower half of an IPv4 address. */
  static long mapped(int v4) {
    return MAPPED | (v4 & 0xffff_ffffL);
  }

  /** Whether an address means something on one link only (RFC 4291, section 2.5.6). */
  public static boolean isLinkLocal(IpAddress address) {
    return address.high() >>> 54 == 0xfe80 >>> 6;
  }

  private static boolean isV4(MemorySegment from) {
    return from.get(ValueLayout.JAVA_SHORT, 0) == Linux.AF_INET;
  }
}
