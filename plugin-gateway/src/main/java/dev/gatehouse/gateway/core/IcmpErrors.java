package dev.gatehouse.gateway.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;

/**
 * Writes the ICMP errors that answer refused packets: for IPv4 type 3 code 13 (prohibited) or code
 * 0 (network unreachable) with the IP header and 8 bytes quoted (RFC 792, RFC 1812), for ICMPv6
 * type 1 code 1 (prohibited) or code 3 (address unreachable) with as much quoted as fits in 1280
 * bytes (RFC 4443). The source is the address the refused packet was sent to.
 */
public final class IcmpErrors {

  private static final int TTL = 20;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int V6_QUOTE = 1280 - 48;

  private IcmpErrors() {}

  /** Whether a packet may be answered by an error at all (RFC 1122, 3.2.2; RFC 4443, 2.4). */
  public static boolean mayAnswer(IpPacket packet) {
    return !packet.isLaterFragment()
        && !packet.isIcmpError()
        && !packet.isMulticast()
        && packet.hasAnswerableSource();
  }

  /**
   * Adds the error that answers a packet to a batch.
   *
   * @param packet the refused packet, of another batch
   * @param reply which error; not {@link Verdict.Reply#NONE}
   * @param target gets the error
   * @param peer the peer to send it to
   * @return false if the batch is full
   */
  public static boolean write(IpPacket packet, Verdict.Reply reply, PacketBatch target, int peer) {
    int quoted =
        packet.version() == 4
            ? Math.min(packet.length(), (Octets.u8(packet.slab(), packet.offset()) & 0xf) * 4 + 8)
            : Math.min(packet.length(), V6_QUOTE);
    int length = quoted + (packet.version() == 4 ? 28 : 48);
    int at = target.reserve(length);
    if (at < 0) {
      return false;
    }
    var slab = target.slab();
    if (packet.version() == 4) {
      writeV4(packet, reply, slab, at, quoted);
    } else {
      writeV6(packet, reply, slab, at, quoted);
    }
    target.peer(target.commit(at, length), peer);
    return true;
  }

  private static void writeV4(
      IpPacket packet, Verdict.Reply reply, MemorySegment slab, int at, int quoted) {
    Octets.u16(slab, at, 0x4500);
    Octets.u16(slab, at + 2, 28 + quoted);
    Octets.u32(slab, at + 4, DONT_FRAGMENT);
    Octets.u16(slab, at + 8, TTL << 8 | IpPacket.ICMP);
    Octets.u16(slab, at + 10, 0);
    Octets.u32(slab, at + 12, (int) packet.destinationLow());
    Octets.u32(slab, at + 16, (int) packet.sourceLow());
    Octets.u16(slab, at + 10, InternetChecksum.finish(InternetChecksum.add(0, slab, at, 20)));
    int message = at + 20;
    int code = reply == Verdict.Reply.PROHIBITED ? 13 : 0;
    Octets.u32(slab, message, 3 << 24 | code << 16);
    Octets.u32(slab, message + 4, 0);
    MemorySegment.copy(packet.slab(), packet.offset(), slab, message + 8L, quoted);
    long sum = InternetChecksum.add(0, slab, message, 8 + quoted);
    Octets.u16(slab, message + 2, InternetChecksum.finish(sum));
  }

  private static void writeV6(
      IpPacket packet, Verdict.Reply reply, MemorySegment slab, int at, int quoted) {
    Octets.u32(slab, at, 0x6000_0000);
    Octets.u16(slab, at + 4, 8 + quoted);
    Octets.u16(slab, at + 6, IpPacket.ICMP_V6 << 8 | TTL);
    Octets.u64(slab, at + 8, packet.destinationHigh());
    Octets.u64(slab, at + 16, packet.destinationLow());
    Octets.u64(slab, at + 24, packet.sourceHigh());
    Octets.u64(slab, at + 32, packet.sourceLow());
    int message = at + 40;
    int code = reply == Verdict.Reply.PROHIBITED ? 1 : 3;
    Octets.u32(slab, message, 1 << 24 | code << 16);
    Octets.u32(slab, message + 4, 0);
    MemorySegment.copy(packet.slab(), packet.offset(), slab, message + 8L, quoted);
    long sum = InternetChecksum.addPseudoHeader(0, slab, at, 6, IpPacket.ICMP_V6, 8 + quoted);
    sum = InternetChecksum.add(sum, slab, message, 8 + quoted);
    Octets.u16(slab, message + 2, InternetChecksum.finish(sum));
  }
}
