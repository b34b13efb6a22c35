package dev.gatehouse.tun.linux.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts super-packets into packets the plain way, as the kernel or a network card would: an
 * independent second opinion on what a header and a packet together mean.
 */
final class NaiveCutter {

  private NaiveCutter() {}

  /** Cuts what was written to a device with headers. */
  static List<byte[]> cutWithHeader(byte[] written) {
    var header = ByteBuffer.wrap(written, 0, 10).order(ByteOrder.nativeOrder());
    int flags = header.get();
    int kind = header.get();
    int headers = header.getShort();
    int size = header.getShort() & 0xffff;
    int start = header.getShort();
    int offset = header.getShort();
    var packet = Arrays.copyOfRange(written, 10, written.length);
    if (kind == 0) {
      check(flags == 0 && size == 0, "a single packet is written as it is");
      return List.of(packet);
    }
    check(flags == 1, "a train has an open checksum");
    int version = packet[0] >>> 4;
    int protocol = packet[version == 4 ? 9 : 6];
    check(kind == (protocol == 17 ? 5 : version == 4 ? 1 : 4), "kind");
    check(start == (version == 4 ? 20 : 40) && offset == (protocol == 17 ? 6 : 16), "checksum");
    check(length(packet) == packet.length, "length");
    check(headers == start + (protocol == 17 ? 8 : (packet[start + 12] >>> 4 & 15) * 4), "headers");
    check(protocol == 6 || get16(packet, start + 4) == packet.length - start, "UDP length");
    check(get16(packet, start + offset) == pseudoSum(packet, start, protocol), "open checksum");
    return cut(packet, size);
  }

  /** Cuts a train every {@code size} payload bytes. */
  static List<byte[]> cut(byte[] train, int size) {
    int version = train[0] >>> 4;
    int protocol = train[version == 4 ? 9 : 6];
    int ip = version == 4 ? 20 : 40;
    int headers = ip + (protocol == 17 ? 8 : (train[ip + 12] >>> 4 & 15) * 4);
    var pieces = new ArrayList<byte[]>();
    for (int from = headers; from < train.length; from += size) {
      int length = Math.min(size, train.length - from);
      boolean last = from + length == train.length;
      var piece = Arrays.copyOf(train, headers + length);
      System.arraycopy(train, from, piece, headers, length);
      if (version == 4) {
        Packets.put16(piece, 2, piece.length);
        Packets.put16(piece, 4, get16(train, 4) + pieces.size());
      } else {
        Packets.put16(piece, 4, piece.length - 40);
      }
      if (protocol == 17) {
        Packets.put16(piece, ip + 4, 8 + length);
      } else {
        int sequence = ByteBuffer.wrap(train).getInt(ip + 4) + (from - headers);
        ByteBuffer.wrap(piece).putInt(ip + 4, sequence);
        if (!last) {
          piece[ip + 13] &= (byte) ~0x09;
        }
      }
      Packets.fixChecksums(piece, protocol == 17 ? 6 : 16);
      pieces.add(piece);
    }
    return pieces;
  }

  private static int pseudoSum(byte[] packet, int ip, int protocol) {
    long sum = (long) protocol + packet.length - ip;
    for (int i = ip == 20 ? 12 : 8; i < ip; i += 2) {
      sum += get16(packet, i);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  private static int length(byte[] packet) {
    return packet[0] >>> 4 == 4 ? get16(packet, 2) : 40 + get16(packet, 4);
  }

  private static int get16(byte[] packet, int at) {
    return (packet[at] & 0xff) << 8 | (packet[at + 1] & 0xff);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("the header and the packet disagree: " + what);
    }
  }
}
