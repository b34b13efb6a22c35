package dev.gatehouse.tun.linux.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * What can be seen of one packet on its way to the device: whether it belongs to a TCP or UDP flow,
 * and whether it may be merged with neighbours. Reused from packet to packet; not safe for
 * concurrent use.
 */
public final class FlowPacket {

  static final int TCP = 6;
  static final int UDP = 17;
  static final int PSH = 0x08;
  private static final int ACK = 0x10;

  private final boolean mergeUdp;
  MemorySegment slab = MemorySegment.NULL;
  int at;
  int length;
  int version;
  int protocol;
  int ipHeader;
  int headers;
  int payload;
  int hash;
  private boolean flow;
  private boolean mergeable;

  /**
   * A reader for one device.
   *
   * @param mergeUdp whether UDP may be merged
   */
  public FlowPacket(boolean mergeUdp) {
    this.mergeUdp = mergeUdp;
  }

  /** Whether the packet is whole and belongs to a TCP or UDP flow, told by ports. */
  public boolean hasFlow() {
    return flow;
  }

  /** Whether the packet may be merged with others, as far as can be told without its checksum. */
  public boolean isMergeable() {
    return mergeable;
  }

  /** Whether it is UDP rather than TCP. */
  public boolean isUdp() {
    return protocol == UDP;
  }

  /** Length of IP and transport header. */
  public int headers() {
    return headers;
  }

  /** Bytes behind the headers. */
  public int payload() {
    return payload;
  }

  /** Looks at a packet. */
  public void look(MemorySegment memory, int offset, int bytes) {
    slab = memory;
    at = offset;
    length = bytes;
    flow = bytes >= 20 && readIp() && (protocol == TCP ? readTcp() : protocol == UDP && readUdp());
  }

  private boolean readIp() {
    mergeable = false;
    int first = Octets.u8(slab, at);
    version = first >>> 4;
    if (version == 4) {
      ipHeader = (first & 15) * 4;
      protocol = Octets.u8(slab, at + 9);
      boolean fragment = (Octets.u16(slab, at + 6) & 0x3fff) != 0;
      return ipHeader >= 20 && Octets.u16(slab, at + 2) == length && !fragment;
    }
    if (version != 6 || length < 40) {
      return false;
    }
    ipHeader = 40;
    protocol = Octets.u8(slab, at + 6);
    return 40 + Octets.u16(slab, at + 4) == length;
  }

  private boolean readTcp() {
    if (length < ipHeader + 20) {
      return false;
    }
    int word = Octets.u16(slab, at + ipHeader + 12);
    int header = (word >>> 12) * 4;
    headers = ipHeader + header;
    payload = length - headers;
    if (header < 20 || payload < 0) {
      return false;
    }
    mergeable = isPlainIp() && payload > 0 && (word & 0x0fff & ~PSH) == ACK;
    hash();
    return true;
  }

  private boolean readUdp() {
    headers = ipHeader + 8;
    payload = length - headers;
    if (payload < 0 || Octets.u16(slab, at + ipHeader + 4) != length - ipHeader) {
      return false;
    }
    boolean hasChecksum = Octets.u16(slab, at + ipHeader + 6) != 0;
    mergeable = mergeUdp && isPlainIp() && payload > 0 && hasChecksum;
    hash();
    return true;
  }

  private boolean isPlainIp() {
    return version == 6 || ipHeader == 20;
  }

  private void hash() {
    int addresses =
        version == 4
            ? Octets.u32(slab, at + 12) * 31 + Octets.u32(slab, at + 16)
            : Octets.u32(slab, at + 20) * 31 + Octets.u32(slab, at + 36);
    hash = (addresses * 31 + Octets.u32(slab, at + ipHeader)) * 31 + protocol;
  }

  /** Whether all checksums of the packet are right. */
  static boolean checksumsHold(
      MemorySegment slab, int at, int length, int version, int protocol, int ipHeader) {
    if (version == 4 && InternetChecksum.finish(InternetChecksum.add(0, slab, at, 20)) != 0) {
      return false;
    }
    int transport = length - ipHeader;
    long sum = InternetChecksum.addPseudoHeader(0, slab, at, version, protocol, transport);
    return InternetChecksum.finish(InternetChecksum.add(sum, slab, at + ipHeader, transport)) == 0;
  }
}
