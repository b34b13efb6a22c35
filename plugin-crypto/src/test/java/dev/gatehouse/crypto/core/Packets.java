package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Makes and reads IP packets as byte arrays. */
public final class Packets {

  private Packets() {}

  /** An IPv4 UDP packet from 10.0.0.2 to 10.0.0.1 with this payload and all checksums right. */
  public static byte[] udp4(byte[] payload, int ecn) {
    var packet = ByteBuffer.allocate(28 + payload.length);
    packet.put((byte) 0x45).put((byte) ecn).putShort((short) packet.capacity());
    packet.putShort((short) 0x1234).putShort((short) 0x4000).put((byte) 64).put((byte) 17);
    packet.putShort((short) 0).putInt(0x0a00_0002).putInt(0x0a00_0001);
    packet.putShort((short) 4000).putShort((short) 5000);
    packet.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
    return withChecksums(packet.array());
  }

  /** An IPv6 TCP packet with 12 bytes of options, this payload and all checksums right. */
  public static byte[] tcp6(byte[] payload, int sequence, int flags) {
    var packet = ByteBuffer.allocate(72 + payload.length);
    packet.putInt(0x6002_3456).putShort((short) (32 + payload.length)).put((byte) 6);
    packet.put((byte) 64).putLong(0xfd00_0000_0000_0000L).putLong(2);
    packet.putLong(0xfd00_0000_0000_0000L).putLong(1);
    packet.putShort((short) 4000).putShort((short) 80).putInt(sequence).putInt(77);
    packet.put((byte) 0x80).put((byte) flags).putShort((short) 500).putInt(0);
    packet.put(new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}).put(payload);
    return withChecksums(packet.array());
  }

  /** An IPv4 TCP packet with 12 bytes of options, this payload and all checksums right. */
  public static byte[] tcp4(byte[] payload, int sequence, int flags, int id) {
    var packet = ByteBuffer.allocate(52 + payload.length);
    packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
    packet.putShort((short) id).putShort((short) 0x4000).put((byte) 64).put((byte) 6);
    packet.putShort((short) 0).putInt(0x0a00_0002).putInt(0x0a00_0001);
    packet.putShort((short) 4000).putShort((short) 80).putInt(sequence).putInt(77);
    packet.put((byte) 0x80).put((byte) flags).putShort((short) 500).putInt(0);
    packet.put(new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}).put(payload);
    return withChecksums(packet.array());
  }

  /** Puts all checksums right, computed byte by byte. */
  public static byte[] withChecksums(byte[] packet) {
    boolean v4 = packet[0] >>> 4 == 4;
    int l4 = v4 ? (packet[0] & 15) * 4 : 40;
    int protocol = v4 ? packet[9] : packet[6];
    if (v4) {
      put16(packet, 10, 0);
      put16(packet, 10, sum(packet, 0, l4, 0));
    }
    int at = l4 + (protocol == 6 ? 16 : 6);
    put16(packet, at, 0);
    int length = packet.length - l4;
    long pseudo = (long) protocol + (length >>> 16) + (length & 0xffff);
    for (int i = v4 ? 12 : 8; i < (v4 ? 20 : 40); i += 2) {
      pseudo += get16(packet, i);
    }
    int checksum = sum(packet, l4, packet.length, pseudo);
    put16(packet, at, protocol == 17 && checksum == 0 ? 0xffff : checksum);
    return packet;
  }

  private static int sum(byte[] bytes, int from, int to, long start) {
    long sum = start;
    for (int i = from; i < to; i++) {
      sum += (long) (bytes[i] & 0xff) << ((i - from) % 2 == 0 ? 8 : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) ~sum & 0xffff;
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }

  static int get16(byte[] bytes, int at) {
    return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
  }

  /** Random bytes. */
  public static byte[] random(Random random, int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Turns an echo request of ICMP over IPv4, or of ICMPv6, into its reply where it lies. */
  public static boolean answerEcho(MemorySegment slab, long at, int length) {
    boolean v4 = Octets.u8(slab, at) >>> 4 == 4;
    int header = v4 ? 20 : 40;
    if (length < header + 8 || Octets.u8(slab, at + (v4 ? 9 : 6)) != (v4 ? 1 : 58)) {
      return false;
    }
    if (Octets.u8(slab, at + header) != (v4 ? 8 : 128)) {
      return false;
    }
    int size = v4 ? 4 : 16;
    int addresses = v4 ? 12 : 8;
    for (int i = 0; i < size; i++) {
      int source = Octets.u8(slab, at + addresses + i);
      Octets.u8(slab, at + addresses + i, Octets.u8(slab, at + addresses + size + i));
      Octets.u8(slab, at + addresses + size + i, source);
    }
    int before = Octets.u16(slab, at + header);
    int after = v4 ? 0 : 129 << 8;
    Octets.u16(slab, at + header, after);
    int checksum = Octets.u16(slab, at + header + 2);
    Octets.u16(slab, at + header + 2, InternetChecksum.update(checksum, before, after));
    return true;
  }

  /** A copy of part of an array. */
  static byte[] slice(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }
}
