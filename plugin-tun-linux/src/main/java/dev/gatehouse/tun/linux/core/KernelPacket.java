package dev.gatehouse.tun.linux.core;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Judges one packet as it came from the kernel: nothing the kernel says about it is used before it
 * was compared with the packet itself. Reused from packet to packet; not safe for concurrent use.
 */
public final class KernelPacket {

  /** The most pieces a train may have: 64 KiB in the smallest segments Linux uses for TCP. */
  public static final int MAX_SEGMENTS = 1400;

  private static final int TCP = 6;
  private static final int UDP = 17;

  private final int mtu;
  private int length;
  private int ipHeader;
  private int segmentSize;
  private @Nullable DropReason refusal;

  /**
   * A judge for one device.
   *
   * @param mtu the largest single packet, and the largest piece of a train
   */
  public KernelPacket(int mtu) {
    this.mtu = mtu;
  }

  /** The packet's length by its own header. */
  public int length() {
    return length;
  }

  /** Payload bytes per piece, zero for a single packet. */
  public int segmentSize() {
    return segmentSize;
  }

  /** Why the packet is refused; null if it is good. */
  public @Nullable DropReason refusal() {
    return refusal;
  }

  /**
   * Judges a packet that was read without a header before it.
   *
   * @param at its first byte
   * @param bytes how many were read
   * @return whether it is good
   */
  public boolean acceptPlain(MemorySegment slab, int at, int bytes) {
    segmentSize = 0;
    return hasShape(slab, at, bytes) && fits(length);
  }

  /**
   * Judges a packet with its {@link VirtioHeader} right before it, and completes the checksum of a
   * single packet in place. A good train keeps its checksum open.
   *
   * @param at the packet's first byte, behind the header
   * @param bytes how many were read, without the header
   * @return whether it is good
   */
  public boolean acceptWithHeader(MemorySegment slab, int at, int bytes) {
    segmentSize = 0;
    if (!hasShape(slab, at, bytes)) {
      return false;
    }
    int header = at - VirtioHeader.BYTES;
    int kind = VirtioHeader.kind(slab, header);
    boolean open = (VirtioHeader.flags(slab, header) & VirtioHeader.NEEDS_CHECKSUM) != 0;
    int start = VirtioHeader.checksumStart(slab, header);
    int offset = VirtioHeader.checksumOffset(slab, header);
    if (kind == VirtioHeader.SINGLE) {
      if (!fits(length)) {
        return false;
      }
      return !open || complete(slab, at, start, offset);
    }
    return (open && length == bytes)
        ? acceptTrain(slab, at, kind, VirtioHeader.segmentSize(slab, header), start, offset)
        : refuse(DropReason.MALFORMED);
  }

  private boolean acceptTrain(
      MemorySegment slab, int at, int kind, int gso, int start, int offset) {
    int headers = trainHeaders(slab, at, kind, start, offset);
    int payload = length - headers;
    if (headers < 0 || payload <= 0 || gso == 0) {
      return refuse(DropReason.MALFORMED);
    }
    if (!fits(headers + Math.min(gso, payload))) {
      return false;
    }
    if (payload <= gso) {
      return complete(slab, at, start, offset);
    }
    if ((payload + gso - 1) / gso > MAX_SEGMENTS) {
      return refuse(DropReason.MALFORMED);
    }
    segmentSize = gso;
    return true;
  }

  /** The length of IP and transport header; -1 if packet and header contradict each other. */
  private int trainHeaders(MemorySegment slab, int at, int kind, int start, int offset) {
    int version = Octets.u8(slab, at) >>> 4;
    int protocol = Octets.u8(slab, version == 4 ? at + 9 : at + 6);
    boolean tcp = version == 4 ? kind == VirtioHeader.TCP4 : kind == VirtioHeader.TCP6;
    if (start != ipHeader || protocol != (tcp ? TCP : UDP)) {
      return -1;
    }
    if (version == 4 && (Octets.u16(slab, at + 6) & 0x3fff) != 0) {
      return -1;
    }
    if (tcp) {
      if (offset != 16 || length < start + 20) {
        return -1;
      }
      int transport = (Octets.u8(slab, at + start + 12) >>> 4) * 4;
      return transport < 20 || length < start + transport ? -1 : start + transport;
    }
    boolean udp = kind == VirtioHeader.UDP && offset == 6 && length >= start + 8;
    return udp && Octets.u16(slab, at + start + 4) == length - start ? start + 8 : -1;
  }

  /** Checks version and lengths, and learns the packet's own length. */
  private boolean hasShape(MemorySegment slab, int at, int bytes) {
    refusal = null;
    length = 0;
    if (bytes < 20) {
      return refuse(DropReason.MALFORMED);
    }
    int first = Octets.u8(slab, at);
    int total;
    if (first >>> 4 == 4) {
      ipHeader = (first & 15) * 4;
      total = Octets.u16(slab, at + 2);
    } else if (first >>> 4 == 6 && bytes >= 40) {
      ipHeader = 40;
      total = 40 + Octets.u16(slab, at + 4);
    } else {
      return refuse(DropReason.MALFORMED);
    }
    if (ipHeader < 20 || total < ipHeader) {
      return refuse(DropReason.MALFORMED);
    }
    if (total > bytes) {
      // Cut off by a read that leaves room for what is allowed and one byte more.
      return refuse(bytes > mtu ? DropReason.TOO_BIG : DropReason.MALFORMED);
    }
    length = total;
    return true;
  }

  private boolean complete(MemorySegment slab, int at, int start, int offset) {
    if (start < ipHeader || start + offset + 2 > length) {
      return refuse(DropReason.MALFORMED);
    }
    int checksum =
        InternetChecksum.finish(InternetChecksum.add(0, slab, at + start, length - start));
    // Only UDP has its checksum there, and zero would say that it has none.
    boolean isUdp = offset == 6;
    Octets.u16(slab, at + start + offset, isUdp && checksum == 0 ? 0xffff : checksum);
    return true;
  }

  private boolean fits(int bytes) {
    return bytes <= mtu || refuse(DropReason.TOO_BIG);
  }

  private boolean refuse(DropReason reason) {
    refusal = reason;
    return false;
  }
}
