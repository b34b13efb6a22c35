package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.InternetChecksum;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * IP packets with UDP inside, made and taken apart in the plainest way.
 *
 * @since 0.1.0
 */
public final class Datagrams {

  private static final int UDP = 17;

  private Datagrams() {}

  /** What a packet says. */
  @SuppressWarnings("ArrayRecordComponent") // datagrams are not compared, their payloads are
  public record Datagram(
      IpAddress from, int fromPort, IpAddress to, int toPort, byte[] payload, boolean sound) {}

  /** Headers before the payload: 28 bytes for IPv4, 48 for IPv6. */
  public static int headers(boolean v4) {
    return v4 ? 28 : 48;
  }

  /** A packet with good checksums. */
  public static byte[] packet(
      IpAddress from, int fromPort, IpAddress to, int toPort, byte[] payload) {
    boolean v4 = from.isV4();
    int udp = 8 + payload.length;
    var packet = ByteBuffer.allocate((v4 ? 20 : 40) + udp);
    if (v4) {
      packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
      packet.putShort((short) 0x1234).putShort((short) 0x4000);
      packet.put((byte) 64).put((byte) UDP).putShort((short) 0);
    } else {
      packet.putInt(0x60000000).putShort((short) udp).put((byte) UDP).put((byte) 64);
    }
    packet.put(from.bytes()).put(to.bytes());
    packet.putShort((short) fromPort).putShort((short) toPort);
    packet.putShort((short) udp).putShort((short) 0).put(payload);
    var bytes = packet.array();
    fixChecksums(bytes);
    return bytes;
  }

  /** Reads a packet; null if it is no unfragmented UDP datagram. */
  public static @Nullable Datagram parse(byte[] packet) {
    if (packet.length < 28) {
      return null;
    }
    boolean v4 = (packet[0] >>> 4) == 4;
    int header = v4 ? 20 : 40;
    boolean fragment = v4 && ((packet[6] & 0x3f) | packet[7]) != 0;
    if (packet.length < header + 8 || packet[v4 ? 9 : 6] != UDP || fragment) {
      return null;
    }
    int size = v4 ? 4 : 16;
    int addresses = v4 ? 12 : 8;
    var buffer = ByteBuffer.wrap(packet);
    var copy = packet.clone();
    fixChecksums(copy);
    return new Datagram(
        IpAddress.of(Arrays.copyOfRange(packet, addresses, addresses + size)),
        Short.toUnsignedInt(buffer.getShort(header)),
        IpAddress.of(Arrays.copyOfRange(packet, addresses + size, addresses + 2 * size)),
        Short.toUnsignedInt(buffer.getShort(header + 2)),
        Arrays.copyOfRange(packet, header + 8, packet.length),
        Arrays.equals(copy, packet));
  }

  /** How long a packet is by its own header; 0 if that cannot be told. */
  public static int length(byte[] packet) {
    return packet.length < 20
        ? 0
        : switch (packet[0] >>> 4) {
          case 4 -> ByteBuffer.wrap(packet).getShort(2) & 0xffff;
          case 6 -> packet.length < 40 ? 0 : 40 + (ByteBuffer.wrap(packet).getShort(4) & 0xffff);
          default -> 0;
        };
  }

  private static void fixChecksums(byte[] packet) {
    var memory = MemorySegment.ofArray(packet);
    boolean v4 = (packet[0] >>> 4) == 4;
    int header = v4 ? 20 : 40;
    if (v4) {
      put16(packet, 10, 0);
      put16(packet, 10, InternetChecksum.finish(InternetChecksum.add(0, memory, 0, 20)));
    }
    put16(packet, header + 6, 0);
    int length = packet.length - header;
    long sum = InternetChecksum.addPseudoHeader(0, memory, 0, v4 ? 4 : 6, UDP, length);
    int checksum = InternetChecksum.finish(InternetChecksum.add(sum, memory, header, length));
    put16(packet, header + 6, checksum == 0 ? 0xffff : checksum);
  }

  private static void put16(byte[] packet, int at, int value) {
    packet[at] = (byte) (value >>> 8);
    packet[at + 1] = (byte) value;
  }
}
