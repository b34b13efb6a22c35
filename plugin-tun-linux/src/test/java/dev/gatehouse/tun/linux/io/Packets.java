package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Packets as byte arrays, made and taken apart in the plainest way. */
final class Packets {

  private Packets() {}

  static byte[] udp(String from, int fromPort, String to, int toPort, byte[] payload) {
    var datagram = ByteBuffer.allocate(8 + payload.length);
    datagram.putShort((short) fromPort).putShort((short) toPort);
    datagram.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
    return ip(from, to, 17, datagram.array(), 6);
  }

  static byte[] echoRequest(String from, String to, int id, byte[] payload) {
    boolean v4 = IpAddress.parse(from).isV4();
    var echo = ByteBuffer.allocate(8 + payload.length);
    echo.put((byte) (v4 ? 8 : 128)).put((byte) 0).putShort((short) 0);
    echo.putShort((short) id).putShort((short) 1).put(payload);
    return ip(from, to, v4 ? 1 : 58, echo.array(), 2);
  }

  /** An IP packet; the transport's checksum is written at the offset. */
  static byte[] ip(String from, String to, int protocol, byte[] transport, int checksumAt) {
    var source = IpAddress.parse(from);
    int header = source.isV4() ? 20 : 40;
    var packet = ByteBuffer.allocate(header + transport.length);
    if (source.isV4()) {
      packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
      packet.putShort((short) 0x1234).putShort((short) 0x4000);
      packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
    } else {
      packet.putInt(0x60000000).putShort((short) transport.length);
      packet.put((byte) protocol).put((byte) 64);
    }
    packet.put(source.bytes()).put(IpAddress.parse(to).bytes()).put(transport);
    var bytes = packet.array();
    fixChecksums(bytes, checksumAt);
    return bytes;
  }

  static void fixChecksums(byte[] packet, int checksumAt) {
    var memory = MemorySegment.ofArray(packet);
    int version = packet[0] >>> 4;
    int header = version == 4 ? 20 : 40;
    if (version == 4) {
      put16(packet, 10, 0);
      put16(packet, 10, InternetChecksum.finish(InternetChecksum.add(0, memory, 0, 20)));
    }
    int protocol = packet[version == 4 ? 9 : 6];
    put16(packet, header + checksumAt, 0);
    int length = packet.length - header;
    long sum =
        protocol == 1
            ? 0
            : InternetChecksum.addPseudoHeader(0, memory, 0, version, protocol, length);
    int checksum = InternetChecksum.finish(InternetChecksum.add(sum, memory, header, length));
    put16(packet, header + checksumAt, protocol == 17 && checksum == 0 ? 0xffff : checksum);
  }

  /** Whether IP and transport checksums of a TCP, UDP or ICMP packet are right. */
  static boolean checksumsHold(byte[] packet) {
    int version = packet[0] >>> 4;
    int header = version == 4 ? 20 : 40;
    int protocol = packet[version == 4 ? 9 : 6];
    int at = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
    if (header + at + 2 > packet.length) {
      return false;
    }
    var copy = packet.clone();
    fixChecksums(copy, at);
    // The kernel writes zero as its other form, one packet in 65 536, and not for UDP alone.
    if (copy[header + at] == 0 && copy[header + at + 1] == 0) {
      boolean same = Arrays.equals(copy, packet);
      put16(copy, header + at, 0xffff);
      return same || Arrays.equals(copy, packet);
    }
    return Arrays.equals(copy, packet);
  }

  static byte[] payload(byte[] packet) {
    int header = (packet[0] >>> 4 == 4 ? 20 : 40) + 8;
    return Arrays.copyOfRange(packet, header, packet.length);
  }

  static byte[] bytes(PacketBatch batch, int index) {
    return batch
        .slab()
        .asSlice(batch.offset(index), batch.length(index))
        .toArray(ValueLayout.JAVA_BYTE);
  }

  /** Adds a packet to a batch, which must have room. */
  static void add(PacketBatch batch, byte[] packet) {
    int at = batch.reserve(packet.length);
    if (at < 0) {
      throw new AssertionError("no room");
    }
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.commit(at, packet.length);
  }

  static void put16(byte[] packet, int at, int value) {
    packet[at] = (byte) (value >>> 8);
    packet[at + 1] = (byte) value;
  }
}
