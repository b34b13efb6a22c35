package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Builds IP packets, the plain way. */
public final class Packets {

  private Packets() {}

  /** A TCP, UDP, ICMP or other packet without options; ports are ignored where there are none. */
  public static byte[] packet(
      IpAddress from, IpAddress to, int protocol, int sourcePort, int destinationPort) {
    return ip(from, to, protocol, transport(protocol, sourcePort, destinationPort, 12));
  }

  /** A TCP packet. */
  public static byte[] tcp(String from, int sourcePort, String to, int destinationPort) {
    return packet(address(from), address(to), IpPacket.TCP, sourcePort, destinationPort);
  }

  /** A UDP packet. */
  public static byte[] udp(String from, int sourcePort, String to, int destinationPort) {
    return packet(address(from), address(to), IpPacket.UDP, sourcePort, destinationPort);
  }

  /** An echo request. */
  public static byte[] ping(String from, String to, int id) {
    var source = address(from);
    int protocol = source.isV4() ? IpPacket.ICMP : IpPacket.ICMP_V6;
    int type = source.isV4() ? 8 : 128;
    return ip(source, address(to), protocol, icmp(type, 0, id, new byte[16]));
  }

  /** An ICMP message; checksums of transports are left zero, nobody in between looks at them. */
  public static byte[] icmp(int type, int code, int id, byte[] body) {
    return ByteBuffer.allocate(8 + body.length)
        .put((byte) type)
        .put((byte) code)
        .putShort((short) 0)
        .putShort((short) id)
        .putShort((short) 1)
        .put(body)
        .array();
  }

  /** A transport header with a payload. */
  public static byte[] transport(int protocol, int sourcePort, int destinationPort, int payload) {
    return switch (protocol) {
      case IpPacket.TCP ->
          ByteBuffer.allocate(20 + payload)
              .putShort((short) sourcePort)
              .putShort((short) destinationPort)
              .putLong(1)
              .put((byte) 0x50)
              .array();
      case IpPacket.UDP ->
          ByteBuffer.allocate(8 + payload)
              .putShort((short) sourcePort)
              .putShort((short) destinationPort)
              .putShort((short) (8 + payload))
              .array();
      case IpPacket.ICMP -> icmp(8, 0, sourcePort, new byte[payload]);
      case IpPacket.ICMP_V6 -> icmp(128, 0, sourcePort, new byte[payload]);
      default -> new byte[payload];
    };
  }

  /** An IP packet without options around a payload. */
  public static byte[] ip(IpAddress from, IpAddress to, int protocol, byte[] payload) {
    return from.isV4()
        ? ipV4(from, to, protocol, new byte[0], 0, payload)
        : ipV6(from, to, protocol, payload);
  }

  /**
   * An IPv4 packet.
   *
   * @param options a multiple of 4 bytes
   * @param fragment the 16 bits of flags and offset
   */
  public static byte[] ipV4(
      IpAddress from, IpAddress to, int protocol, byte[] options, int fragment, byte[] payload) {
    int header = 20 + options.length;
    var packet =
        ByteBuffer.allocate(header + payload.length)
            .put((byte) (0x40 | header / 4))
            .put((byte) 0)
            .putShort((short) (header + payload.length))
            .putShort((short) 0x1234)
            .putShort((short) fragment)
            .put((byte) 64)
            .put((byte) protocol)
            .putShort((short) 0)
            .put(from.bytes())
            .put(to.bytes())
            .put(options)
            .put(payload);
    int sum = 0;
    for (int i = 0; i < header; i += 2) {
      sum += packet.getShort(i) & 0xffff;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return packet.putShort(10, (short) ~sum).array();
  }

  /** An IPv6 packet whose payload starts with what {@code next} says. */
  public static byte[] ipV6(IpAddress from, IpAddress to, int next, byte[] payload) {
    return ByteBuffer.allocate(40 + payload.length)
        .putInt(0x6000_0000)
        .putShort((short) payload.length)
        .put((byte) next)
        .put((byte) 64)
        .put(from.bytes())
        .put(to.bytes())
        .put(payload)
        .array();
  }

  /** Joins bytes. */
  public static byte[] join(byte[]... parts) {
    int length = 0;
    for (var part : parts) {
      length += part.length;
    }
    var joined = ByteBuffer.allocate(length);
    for (var part : parts) {
      joined.put(part);
    }
    return joined.array();
  }

  /** Adds a packet to a batch; returns its index. */
  public static int add(PacketBatch batch, byte[] packet, int peer) {
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    int index = batch.commit(at, packet.length);
    batch.peer(index, peer);
    return index;
  }

  /** The bytes of an entry. */
  public static byte[] bytes(PacketBatch batch, int index) {
    return batch
        .slab()
        .asSlice(batch.offset(index), batch.length(index))
        .toArray(ValueLayout.JAVA_BYTE);
  }

  /** Reads an address. */
  public static IpAddress address(String text) {
    return IpAddress.parse(text);
  }

  /** Reads hexadecimal digits, blanks ignored. */
  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
  }
}
