package dev.gatehouse.gateway.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * Changes addresses and ports of packets where they lie, and their checksums by the difference (RFC
 * 1624). Allocates nothing.
 */
final class Rewriting {

  private static final int TTL = 20;

  private Rewriting() {}

  /** Where the checksum stands in a transport header. */
  private static int checksumAt(int protocol) {
    return switch (protocol) {
      case IpPacket.TCP -> 16;
      case IpPacket.UDP -> 6;
      default -> 2;
    };
  }

  /**
   * Gives a packet another destination and source port.
   *
   * @param open whether its transport checksum is left open, as that of a train is
   */
  static void outward(IpPacket packet, long high, long low, int port, boolean open) {
    int at = packet.version() == 4 ? 16 : 24;
    rewrite(packet, at, high, low, portAt(packet, 0), port, open);
  }

  /** Gives a packet another source and destination port. */
  static void inward(IpPacket packet, long high, long low, int port, boolean open) {
    int at = packet.version() == 4 ? 12 : 8;
    rewrite(packet, at, high, low, portAt(packet, 2), port, open);
  }

  private static int portAt(IpPacket packet, int field) {
    return packet.isIcmp() ? 4 : field;
  }

  private static void rewrite(
      IpPacket packet, int addressAt, long high, long low, int portAt, int port, boolean open) {
    var slab = packet.slab();
    long start = packet.offset();
    long transport = start + packet.headerLength();
    int protocol = packet.protocol();
    int byAddress = address(slab, start, packet.version(), addressAt, high, low);
    int byPort = port(slab, transport + portAt, port);
    long checksum = transport + checksumAt(protocol);
    if (open) {
      // An open checksum holds the sum of the pseudo-header, which knows no ports.
      Octets.u16(slab, checksum, fold(Octets.u16(slab, checksum) + byAddress));
    } else {
      boolean covered = protocol != IpPacket.ICMP;
      adjust(slab, checksum, protocol, packet.version(), byPort + (covered ? byAddress : 0));
    }
  }

  /** Writes an address, and the checksum of an IPv4 header; returns the difference. */
  private static int address(
      MemorySegment slab, long start, int version, int at, long high, long low) {
    if (version == 4) {
      int before = Octets.u32(slab, start + at);
      Octets.u32(slab, start + at, (int) low);
      int difference = difference(before, (int) low);
      Octets.u16(
          slab, start + 10, ~fold((~Octets.u16(slab, start + 10) & 0xffff) + difference) & 0xffff);
      return difference;
    }
    long beforeHigh = Octets.u64(slab, start + at);
    long beforeLow = Octets.u64(slab, start + at + 8);
    Octets.u64(slab, start + at, high);
    Octets.u64(slab, start + at + 8, low);
    return difference((int) (beforeHigh >>> 32), (int) (high >>> 32))
        + difference((int) beforeHigh, (int) high)
        + difference((int) (beforeLow >>> 32), (int) (low >>> 32))
        + difference((int) beforeLow, (int) low);
  }

  private static int port(MemorySegment slab, long at, int port) {
    int before = Octets.u16(slab, at);
    Octets.u16(slab, at, port);
    return difference(before, port);
  }

  /** What to add to the sum for one 32-bit field that changes. */
  private static int difference(int before, int after) {
    int gone = ~before;
    return (gone >>> 16) + (gone & 0xffff) + (after >>> 16) + (after & 0xffff);
  }

  private static int fold(int sum) {
    int folded = (sum >>> 16) + (sum & 0xffff);
    return (folded >>> 16) + (folded & 0xffff);
  }

  private static void adjust(
      MemorySegment slab, long at, int protocol, int version, int difference) {
    int before = Octets.u16(slab, at);
    if (protocol == IpPacket.UDP && version == 4 && before == 0) {
      return; // The sender left it out (RFC 768).
    }
    int after = ~fold((~before & 0xffff) + difference) & 0xffff;
    Octets.u16(slab, at, protocol == IpPacket.UDP && after == 0 ? 0xffff : after);
  }

  /**
   * Makes an ICMP error about a translated packet one about the packet the client sent, from the
   * address the client sent it to.
   *
   * @param quoted where the quoted packet starts, and {@code quotedTransport} its transport header
   * @param proxyHigh the proxy address, upper half
   * @param proxyLow the proxy address, lower half
   * @param port the source port or identifier the client used
   */
  static void error(
      IpPacket packet,
      long quoted,
      long quotedTransport,
      int quotedProtocol,
      long proxyHigh,
      long proxyLow,
      int port) {
    var slab = packet.slab();
    int version = packet.version();
    long start = packet.offset();
    long end = start + packet.length();
    int byAddress = address(slab, quoted, version, version == 4 ? 16 : 24, proxyHigh, proxyLow);
    boolean echo = quotedProtocol == IpPacket.ICMP || quotedProtocol == IpPacket.ICMP_V6;
    int byPort = port(slab, quotedTransport + (echo ? 4 : 0), port);
    long checksum = quotedTransport + checksumAt(quotedProtocol);
    if (checksum + 2 <= end) {
      boolean covered = quotedProtocol != IpPacket.ICMP;
      adjust(slab, checksum, quotedProtocol, version, byPort + (covered ? byAddress : 0));
    }
    if (version == 4) {
      Octets.u8(slab, start + 8, TTL);
      Octets.u32(slab, start + 12, (int) proxyLow);
      Octets.u16(slab, start + 10, 0);
      int header = (Octets.u8(slab, start) & 0xf) * 4;
      Octets.u16(
          slab, start + 10, InternetChecksum.finish(InternetChecksum.add(0, slab, start, header)));
    } else {
      Octets.u8(slab, start + 7, TTL);
      Octets.u64(slab, start + 8, proxyHigh);
      Octets.u64(slab, start + 16, proxyLow);
    }
    int length = packet.length() - packet.headerLength();
    long message = start + packet.headerLength();
    Octets.u16(slab, message + 2, 0);
    long sum =
        version == 4
            ? 0
            : InternetChecksum.addPseudoHeader(0, slab, start, 6, IpPacket.ICMP_V6, length);
    Octets.u16(
        slab,
        message + 2,
        InternetChecksum.finish(InternetChecksum.add(sum, slab, message, length)));
  }
}
