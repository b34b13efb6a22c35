package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Cuts a TCP or UDP super-packet into the packets it stands for, where it lies: the header of each
 * piece is written directly before its payload, over bytes that are done with. A piece must
 * therefore be used up before the next one is made, and the super-packet is gone in the end.
 */
final class TrainCutter {

  /** Takes the pieces, in order. */
  interface Sink {

    /**
     * Takes one packet; up to 16 bytes behind it may be overwritten.
     *
     * @return false to stop
     */
    boolean piece(MemorySegment slab, long offset, int length);
  }

  private static final int LONGEST_HEADERS = 256;
  private static final int FIN = 1;
  private static final int PSH = 8;
  private static final int CWR = 0x80;

  private final MemorySegment headers = Arena.ofAuto().allocate(LONGEST_HEADERS, 8);
  private int version;
  private int protocol;
  private int transportAt;
  private int headerLength;
  private int pieces;
  private int firstLength;

  /**
   * Looks at a super-packet without changing it.
   *
   * @param segment payload bytes per piece, above zero
   * @return into how many pieces it will be cut, or -1 if it cannot be
   */
  int plan(MemorySegment slab, long offset, int length, int segment) {
    version = InnerPacket.version(slab, offset, length);
    if (version == 0) {
      return -1;
    }
    int found = InnerPacket.transport(slab, offset, length, version);
    if (found < 0) {
      return -1;
    }
    protocol = found >>> 16;
    transportAt = found & 0xffff;
    int own =
        protocol == InnerPacket.UDP ? 8 : (Octets.u8(slab, offset + transportAt + 12) >>> 4) * 4;
    headerLength = transportAt + own;
    if (own < (protocol == InnerPacket.TCP ? 20 : 8)) {
      return -1;
    }
    if (headerLength > Math.min(length, LONGEST_HEADERS)) {
      return -1;
    }
    int payload = length - headerLength;
    pieces = Math.max(1, (payload + segment - 1) / segment);
    firstLength = headerLength + Math.min(payload, segment);
    return pieces;
  }

  /** The length of every piece but the last, after {@link #plan}. */
  int pieceLength() {
    return firstLength;
  }

  /**
   * Cuts what was planned.
   *
   * @return how many pieces the sink took
   */
  int cut(MemorySegment slab, long offset, int length, int segment, Sink sink) {
    MemorySegment.copy(slab, offset, headers, 0, headerLength);
    int id = Octets.u16(headers, 4);
    long ipSum = version == 4 ? blankIpv4() : 0;
    int sequence = protocol == InnerPacket.TCP ? Octets.u32(headers, transportAt + 4L) : 0;
    int flags = protocol == InnerPacket.TCP ? Octets.u8(headers, transportAt + 13L) : 0;
    Octets.u16(headers, checksumAt(), 0);
    int payload = length - headerLength;
    for (int i = 0, done = 0; i < pieces; i++, done += segment) {
      long at = offset + done;
      int size = headerLength + Math.min(segment, payload - done);
      boolean last = i == pieces - 1;
      MemorySegment.copy(headers, 0, slab, at, headerLength);
      if (version == 4) {
        Octets.u16(slab, at + 2, size);
        Octets.u16(slab, at + 4, id + i);
        long sum = InternetChecksum.add16(InternetChecksum.add16(ipSum, size), id + i);
        Octets.u16(slab, at + 10, InternetChecksum.finish(sum));
      } else {
        Octets.u16(slab, at + 4, size - 40);
      }
      if (protocol == InnerPacket.TCP) {
        int gone = (last ? 0 : FIN | PSH) | (i == 0 ? 0 : CWR);
        Octets.u32(slab, at + transportAt + 4, sequence + done);
        Octets.u8(slab, at + transportAt + 13, flags & ~gone);
      } else {
        Octets.u16(slab, at + transportAt + 4, size - transportAt);
      }
      sum(slab, at, size);
      if (!take(slab, at, size, last, sink)) {
        return i;
      }
    }
    return pieces;
  }

  /** Lets the sink have a piece and puts back what it wrote over the next one. */
  private static boolean take(MemorySegment slab, long at, int size, boolean last, Sink sink) {
    if (last) {
      return sink.piece(slab, at, size);
    }
    long first = Octets.u64(slab, at + size);
    long second = Octets.u64(slab, at + size + 8);
    boolean taken = sink.piece(slab, at, size);
    Octets.u64(slab, at + size, first);
    Octets.u64(slab, at + size + 8, second);
    return taken;
  }

  /** Zeroes what differs from piece to piece in the IPv4 header; the sum of the rest. */
  private long blankIpv4() {
    Octets.u16(headers, 2, 0);
    Octets.u16(headers, 4, 0);
    Octets.u16(headers, 10, 0);
    return InternetChecksum.add(0, headers, 0, transportAt);
  }

  private int checksumAt() {
    return transportAt + (protocol == InnerPacket.TCP ? 16 : 6);
  }

  private void sum(MemorySegment slab, long at, int size) {
    int length = size - transportAt;
    long sum = InternetChecksum.addPseudoHeader(0, slab, at, version, protocol, length);
    int checksum =
        InternetChecksum.finish(InternetChecksum.add(sum, slab, at + transportAt, length));
    boolean absent = protocol == InnerPacket.UDP && checksum == 0;
    Octets.u16(slab, at + checksumAt(), absent ? 0xffff : checksum);
  }
}
