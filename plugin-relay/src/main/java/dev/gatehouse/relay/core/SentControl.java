package dev.gatehouse.relay.core;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes the control messages that go with a datagram or a train. Allocates nothing. */
public final class SentControl {

  /** Room for all of them together. */
  public static final int BYTES = 128;

  private static final int HEADER = 16;

  private SentControl() {}

  /**
   * Asks for an own address to send from, on whichever interface the route goes; only a link-local
   * address binds the interface, too.
   *
   * @return where the next message goes
   */
  public static int source(MemorySegment to, int at, IpAddress local, int interfaceIndex) {
    int data = at + HEADER;
    if (local.isV4()) {
      header(to, at, Linux.IPPROTO_IP, Linux.IP_PKTINFO, 12);
      to.set(ValueLayout.JAVA_INT, data, 0);
      Octets.u32(to, data + 4, local.v4Value());
      Octets.u32(to, data + 8, 0);
      return at + HEADER + 16;
    }
    header(to, at, Linux.IPPROTO_IPV6, Linux.IPV6_PKTINFO, 20);
    Octets.u64(to, data, local.high());
    Octets.u64(to, data + 8, local.low());
    to.set(ValueLayout.JAVA_INT, data + 16, SocketAddress.isLinkLocal(local) ? interfaceIndex : 0);
    return at + HEADER + 24;
  }

  /**
   * Sets the ECN bits of the outer header.
   *
   * @return where the next message goes
   */
  public static int ecn(MemorySegment to, int at, boolean v4, int bits) {
    header(
        to,
        at,
        v4 ? Linux.IPPROTO_IP : Linux.IPPROTO_IPV6,
        v4 ? Linux.IP_TOS : Linux.IPV6_TCLASS,
        4);
    to.set(ValueLayout.JAVA_INT, at + HEADER, bits);
    return at + HEADER + 8;
  }

  /**
   * Asks the kernel to cut a train.
   *
   * @return where the next message goes
   */
  public static int segment(MemorySegment to, int at, int bytes) {
    header(to, at, Linux.SOL_UDP, Linux.UDP_SEGMENT, 2);
    to.set(ValueLayout.JAVA_SHORT, at + HEADER, (short) bytes);
    return at + HEADER + 8;
  }

  private static void header(MemorySegment to, int at, int level, int type, int bytes) {
    to.set(ValueLayout.JAVA_LONG, at, HEADER + bytes);
    to.set(ValueLayout.JAVA_INT, at + 8, level);
    to.set(ValueLayout.JAVA_INT, at + 12, type);
  }
}
