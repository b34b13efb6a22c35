package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/** What the tunnel has to know of the IP packets inside it. */
final class InnerPacket {

  static final int TCP = 6;
  static final int UDP = 17;

  private static final int NOT_ECT = 0;
  private static final int ECT_1 = 1;
  private static final int ECT_0 = 2;
  private static final int CE = 3;

  private InnerPacket() {}

  /** 4 or 6 by the first four bits, 0 for anything else or nothing. */
  static int version(MemorySegment slab, long offset, int length) {
    int version = length == 0 ? 0 : Octets.u8(slab, offset) >>> 4;
    boolean complete = (version == 4 && length >= 20) || (version == 6 && length >= 40);
    return complete ? version : 0;
  }

  /**
   * The length the IP header states.
   *
   * @param length how many bytes there are
   * @return -1 unless it is the header of IPv4 or IPv6 and all of the packet is there
   */
  static int statedLength(MemorySegment slab, long offset, int length) {
    int stated;
    switch (version(slab, offset, length)) {
      case 4 -> {
        stated = Octets.u16(slab, offset + 2);
        if (stated < (Octets.u8(slab, offset) & 15) * 4 || stated < 20) {
          return -1;
        }
      }
      case 6 -> stated = 40 + Octets.u16(slab, offset + 4);
      default -> {
        return -1;
      }
    }
    return stated <= length ? stated : -1;
  }

  /** The ECN bits (RFC 3168); 0 for what is not IP. */
  static int ecn(MemorySegment slab, long offset, int length) {
    return switch (version(slab, offset, length)) {
      case 4 -> Octets.u8(slab, offset + 1) & 3;
      case 6 -> (Octets.u8(slab, offset + 1) >>> 4) & 3;
      default -> NOT_ECT;
    };
  }

  /**
   * Gives the inner packet the mark that the outer one got on its way, by the table of RFC 6040,
   * section 4.2. In one case the packet must be dropped: a router reported congestion, and the
   * inner packet is not ECN-capable, so that loss is the only report its sender understands.
   * WireGuard in the Linux kernel computes the same verdict and does not act on it; here the RFC
   * counts. Between sound peers the case does not arise, because the outer mark begins as the inner
   * one.
   *
   * @param outer the ECN bits of the datagram
   * @return false if the packet must be dropped
   */
  static boolean decapsulateEcn(MemorySegment slab, long offset, int version, int outer) {
    if (outer != CE && outer != ECT_1) {
      return true;
    }
    int inner =
        version == 4 ? Octets.u8(slab, offset + 1) & 3 : (Octets.u8(slab, offset + 1) >>> 4) & 3;
    if (inner == NOT_ECT) {
      return outer != CE;
    }
    if (inner == CE || (outer == ECT_1 && inner != ECT_0)) {
      return true;
    }
    if (version == 6) {
      int before = Octets.u8(slab, offset + 1);
      Octets.u8(slab, offset + 1, (before & 0xcf) | (outer << 4));
      return true;
    }
    int before = Octets.u16(slab, offset);
    int after = (before & ~3) | outer;
    Octets.u16(slab, offset, after);
    int checksum = Octets.u16(slab, offset + 10);
    Octets.u16(slab, offset + 10, InternetChecksum.update(checksum, before, after));
    return true;
  }

  /**
   * Where TCP or UDP begins in a packet whose stated length is known to be right.
   *
   * @return offset from the start of the packet, plus the protocol in the bits from 16 on; -1 if
   *     there is neither, or a fragment
   */
  static int transport(MemorySegment slab, long offset, int length, int version) {
    if (version == 4) {
      boolean fragment = (Octets.u16(slab, offset + 6) & 0x3fff) != 0;
      return fragment
          ? -1
          : found((Octets.u8(slab, offset) & 15) * 4, Octets.u8(slab, offset + 9), length);
    }
    int next = Octets.u8(slab, offset + 6);
    int at = 40;
    while (next == 0 || next == 43 || next == 60) {
      if (at + 8 > length) {
        return -1;
      }
      next = Octets.u8(slab, offset + at);
      at += 8 * (Octets.u8(slab, offset + at + 1) + 1);
    }
    return found(at, next, length);
  }

  private static int found(int at, int protocol, int length) {
    int smallest = protocol == TCP ? 20 : 8;
    return (protocol == TCP || protocol == UDP) && at + smallest <= length
        ? (protocol << 16) | at
        : -1;
  }
}
