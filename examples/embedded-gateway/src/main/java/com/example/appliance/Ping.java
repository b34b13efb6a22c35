package com.example.appliance;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** ICMP over IPv4 as far as a ping needs it. */
final class Ping {

  private static final int HEADER = 20;
  private static final int REPLY = 0;
  private static final int UNREACHABLE = 3;
  private static final int REQUEST = 8;

  private Ping() {}

  /** An echo request. */
  static byte[] request(IpAddress from, IpAddress to) {
    var packet = new byte[HEADER + 16];
    var bytes = MemorySegment.ofArray(packet);
    Octets.u8(bytes, 0, 0x45);
    Octets.u16(bytes, 2, packet.length);
    Octets.u8(bytes, 8, 64);
    Octets.u8(bytes, 9, 1);
    MemorySegment.copy(MemorySegment.ofArray(from.bytes()), 0, bytes, 12, 4);
    MemorySegment.copy(MemorySegment.ofArray(to.bytes()), 0, bytes, 16, 4);
    Octets.u8(bytes, HEADER, REQUEST);
    Octets.u16(bytes, HEADER + 4, 7);
    return checked(packet);
  }

  /** The reply to an echo request, whomever it was for; nothing for any other packet. */
  static Optional<byte[]> answer(byte[] packet) {
    if (type(packet) != REQUEST) {
      return Optional.empty();
    }
    var reply = packet.clone();
    System.arraycopy(packet, 12, reply, 16, 4);
    System.arraycopy(packet, 16, reply, 12, 4);
    reply[HEADER] = REPLY;
    return Optional.of(checked(reply));
  }

  /** What an answer to a ping says. */
  static Optional<String> describe(byte[] packet) {
    return switch (type(packet)) {
      case REPLY -> Optional.of("answered");
      case UNREACHABLE -> Optional.of("refused");
      default -> Optional.empty();
    };
  }

  private static int type(byte[] packet) {
    return packet.length > HEADER && packet[0] == 0x45 && packet[9] == 1 ? packet[HEADER] : -1;
  }

  private static byte[] checked(byte[] packet) {
    var bytes = MemorySegment.ofArray(packet);
    Octets.u16(bytes, 10, 0);
    Octets.u16(bytes, 10, InternetChecksum.finish(InternetChecksum.add(0, bytes, 0, HEADER)));
    int length = packet.length - HEADER;
    Octets.u16(bytes, HEADER + 2, 0);
    Octets.u16(
        bytes,
        HEADER + 2,
        InternetChecksum.finish(InternetChecksum.add(0, bytes, HEADER, length)));
    return packet;
  }
}
