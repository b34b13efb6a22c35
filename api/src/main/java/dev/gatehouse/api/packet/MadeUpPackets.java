package dev.gatehouse.api.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Packets for rehearsals and benchmarks: IPv4 between two addresses of the documentation networks
 * (RFC 5737), with all checksums right. A payload is a pattern that says nothing. Immutable; any
 * thread.
 *
 * @param source the sender's address, as a number
 * @param sourcePort its port
 * @param destination the receiver's address, as a number
 * @param destinationPort its port
 * @since 0.1.0
 */
public record MadeUpPackets(int source, int sourcePort, int destination, int destinationPort) {

  /** From a client at 192.0.2.2 to a server at 198.51.100.1, port 443. */
  public static final MadeUpPackets UP = new MadeUpPackets(0xc000_0202, 4000, 0xc633_6401, 443);

  /** The way back. */
  public static final MadeUpPackets DOWN = new MadeUpPackets(0xc633_6401, 443, 0xc000_0202, 4000);

  /** The length of IP and TCP header; there are twelve bytes of options, as with timestamps. */
  public static final int TCP_HEADERS = 52;

  /** The length of IP and UDP header. */
  public static final int UDP_HEADERS = 28;

  private static final int TCP = 6;
  private static final int UDP = 17;

  /**
   * A TCP packet, or a super-packet that stands for many, with the flag ACK.
   *
   * @param sequence the sequence number
   * @param payload how many bytes
   */
  public byte[] tcp(int sequence, int payload) {
    var bytes = new byte[TCP_HEADERS + payload];
    var packet = ip(bytes, TCP);
    packet
        .putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putInt(sequence)
        .putInt(77);
    packet.putShort((short) 0x8010).putShort((short) 500).putInt(0);
    packet.putInt(0x0101_080a).putInt(1).putInt(2);
    return finished(packet, bytes, TCP, 36);
  }

  /**
   * A UDP packet, or a super-packet that stands for many.
   *
   * @param payload how many bytes
   */
  public byte[] udp(int payload) {
    var bytes = new byte[UDP_HEADERS + payload];
    var packet = ip(bytes, UDP);
    packet.putShort((short) sourcePort).putShort((short) destinationPort);
    packet.putShort((short) (8 + payload)).putShort((short) 0);
    return finished(packet, bytes, UDP, 26);
  }

  private ByteBuffer ip(byte[] bytes, int protocol) {
    var packet = ByteBuffer.wrap(bytes);
    packet.putShort((short) 0x4500).putShort((short) bytes.length);
    packet.putShort((short) 0).putShort((short) 0x4000);
    packet.putShort((short) (64 << 8 | protocol)).putShort((short) 0);
    return packet.putInt(source).putInt(destination);
  }

  private static byte[] finished(ByteBuffer packet, byte[] bytes, int protocol, int checksumAt) {
    while (packet.hasRemaining()) {
      packet.put((byte) packet.position());
    }
    int length = bytes.length;
    try (var arena = Arena.ofConfined()) {
      var memory = arena.allocate(length);
      memory.copyFrom(MemorySegment.ofArray(bytes));
      int ip = InternetChecksum.finish(InternetChecksum.add(0, memory, 0, 20));
      long pseudo = InternetChecksum.addPseudoHeader(0, memory, 0, 4, protocol, length - 20);
      int whole = InternetChecksum.finish(InternetChecksum.add(pseudo, memory, 20, length - 20));
      packet.putShort(10, (short) ip);
      packet.putShort(checksumAt, (short) (protocol == UDP && whole == 0 ? 0xffff : whole));
    }
    return bytes;
  }

  /** A copy of a packet outside the heap, for {@link #add}; it is there as long as it is used. */
  public static MemorySegment offHeap(byte[] packet) {
    var memory = Arena.ofAuto().allocate(packet.length, 8);
    return memory.copyFrom(MemorySegment.ofArray(packet));
  }

  /**
   * Adds a packet to a batch.
   *
   * @param segment payload bytes per piece for a super-packet, otherwise 0
   * @return the entry's index, or -1 if there is no room
   */
  public static int add(PacketBatch batch, MemorySegment packet, int segment) {
    int length = (int) packet.byteSize();
    int at = batch.reserve(length);
    if (at < 0) {
      return -1;
    }
    MemorySegment.copy(packet, 0, batch.slab(), at, length);
    int index = batch.commit(at, length);
    batch.segmentSize(index, segment);
    return index;
  }
}
