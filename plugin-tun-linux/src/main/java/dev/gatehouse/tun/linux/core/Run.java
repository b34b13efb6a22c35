package dev.gatehouse.tun.linux.core;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * Consecutive packets of one flow that the kernel can take as one super-packet. The packets stay
 * where they are: the first one's headers are rewritten to speak for all, and the device is given
 * the first packet followed by the payloads of the others.
 *
 * <p>A packet joins only if cutting the super-packet would give back exactly the packets that went
 * in, but for the IPv4 identification where fragmentation is forbidden (RFC 6864, §4.1). All
 * checksums of merged packets have been verified, because the kernel will write new ones.
 *
 * <p>Reused from run to run; not safe for concurrent use.
 */
public final class Run {

  /** The most packets in a run of TCP: a whole batch. */
  public static final int MAX_TCP = 128;

  /** The most packets in a run of UDP; older kernels refuse more. */
  public static final int MAX_UDP = 64;

  private static final int MAX_BYTES = 65535;

  private MemorySegment slab = MemorySegment.NULL;
  private int at;
  private int version;
  private int protocol;
  private int ipHeader;
  private int headers;
  private int segment;
  private int total;
  private int count;
  private int hash;
  private int last;
  private boolean open;
  private boolean verified;
  private boolean push;

  private int savedLength;
  private int savedIpChecksum;
  private int savedChecksum;
  private int savedUdpLength;
  private int savedFlags;

  /** An empty run. */
  public Run() {}

  /** How many packets are in it; zero if it is empty. */
  public int count() {
    return count;
  }

  /** The length of IP and transport header, the same for all. */
  public int headers() {
    return headers;
  }

  /** The length of the super-packet. */
  public int total() {
    return total;
  }

  /** Whether more packets might join. */
  public boolean isOpen() {
    return open;
  }

  /** Whether it is a run of UDP rather than TCP. */
  public boolean isUdp() {
    return protocol == FlowPacket.UDP;
  }

  /** Forgets everything. */
  public void clear() {
    count = 0;
    open = false;
    slab = MemorySegment.NULL;
  }

  /** Begins with a mergeable packet. */
  public void begin(FlowPacket packet) {
    slab = packet.slab;
    at = packet.at;
    version = packet.version;
    protocol = packet.protocol;
    ipHeader = packet.ipHeader;
    headers = packet.headers;
    segment = packet.payload;
    total = packet.length;
    hash = packet.hash;
    last = at;
    count = 1;
    verified = false;
    push = false;
    open = !(protocol == FlowPacket.TCP && pushes(at));
  }

  /** Whether the packet belongs to the same flow, whatever else there is to it. */
  public boolean isSameFlow(FlowPacket packet) {
    if (count == 0 || hash != packet.hash || protocol != packet.protocol) {
      return false;
    }
    if (version != packet.version
        || Octets.u32(slab, at + ipHeader)
            != Octets.u32(packet.slab, packet.at + packet.ipHeader)) {
      return false;
    }
    int from = version == 4 ? 12 : 8;
    int bytes = version == 4 ? 8 : 32;
    return equal(packet, from, bytes);
  }

  /** Adds a mergeable packet of the same flow if it continues the run; false if it does not. */
  public boolean append(FlowPacket packet) {
    if (!open
        || count == (protocol == FlowPacket.TCP ? MAX_TCP : MAX_UDP)
        || packet.headers != headers
        || packet.payload > segment
        || total + packet.payload > MAX_BYTES
        || !continuesIp(packet)
        || (protocol == FlowPacket.TCP && !continuesTcp(packet))
        || !checksumsHold(packet)) {
      return false;
    }
    last = packet.at;
    total += packet.payload;
    count++;
    push = protocol == FlowPacket.TCP && pushes(packet.at);
    open = packet.payload == segment && !push;
    return true;
  }

  private boolean continuesIp(FlowPacket packet) {
    if (version == 6) {
      return equal(packet, 0, 4) && Octets.u8(slab, at + 7) == Octets.u8(slab, packet.at + 7);
    }
    int fragment = Octets.u16(slab, at + 6);
    boolean mayFragment = (fragment & 0x4000) == 0;
    return Octets.u8(slab, at + 1) == Octets.u8(slab, packet.at + 1)
        && Octets.u8(slab, at + 8) == Octets.u8(slab, packet.at + 8)
        && fragment == Octets.u16(slab, packet.at + 6)
        && (!mayFragment
            || ((Octets.u16(slab, last + 4) + 1) & 0xffff) == Octets.u16(slab, packet.at + 4));
  }

  private boolean continuesTcp(FlowPacket packet) {
    int head = at + ipHeader;
    int next = packet.at + ipHeader;
    int expected = Octets.u32(slab, head + 4) + (total - headers);
    return Octets.u32(slab, next + 4) == expected
        && Octets.u32(slab, next + 8) == Octets.u32(slab, head + 8)
        // Window and urgent pointer; the flags are known to be ACK and perhaps PSH.
        && Octets.u16(slab, next + 14) == Octets.u16(slab, head + 14)
        && Octets.u16(slab, next + 18) == Octets.u16(slab, head + 18)
        && equal(packet, ipHeader + 20, headers - ipHeader - 20);
  }

  private boolean checksumsHold(FlowPacket packet) {
    if (!verified) {
      verified = FlowPacket.checksumsHold(slab, at, total, version, protocol, ipHeader);
      if (!verified) {
        open = false;
        return false;
      }
    }
    return FlowPacket.checksumsHold(slab, packet.at, packet.length, version, protocol, ipHeader);
  }

  /**
   * Makes the first packet's headers speak for the whole run and writes the header for the device.
   *
   * @param memory where to write the {@link VirtioHeader}
   * @param header its first byte there
   */
  public void seal(MemorySegment memory, long header) {
    if (count == 1) {
      VirtioHeader.single(memory, header);
      return;
    }
    save();
    if (version == 4) {
      Octets.u16(slab, at + 2, total);
      Octets.u16(slab, at + 10, 0);
      Octets.u16(
          slab, at + 10, InternetChecksum.finish(InternetChecksum.add(0, slab, at, ipHeader)));
    } else {
      Octets.u16(slab, at + 4, total - 40);
    }
    int transport = total - ipHeader;
    int pseudo =
        InternetChecksum.fold(
            InternetChecksum.addPseudoHeader(0, slab, at, version, protocol, transport));
    int kind = VirtioHeader.UDP;
    int offset = 6;
    if (protocol == FlowPacket.TCP) {
      kind = version == 4 ? VirtioHeader.TCP4 : VirtioHeader.TCP6;
      offset = 16;
      if (push) {
        Octets.u8(slab, at + ipHeader + 13, savedFlags | FlowPacket.PSH);
      }
    } else {
      Octets.u16(slab, at + ipHeader + 4, transport);
    }
    Octets.u16(slab, at + ipHeader + offset, pseudo);
    VirtioHeader.write(
        memory, header, VirtioHeader.NEEDS_CHECKSUM, kind, headers, segment, ipHeader, offset);
  }

  /** Undoes {@link #seal}: the packets are again what they were. */
  public void unseal() {
    if (count == 1) {
      return;
    }
    if (version == 4) {
      Octets.u16(slab, at + 2, savedLength);
      Octets.u16(slab, at + 10, savedIpChecksum);
    } else {
      Octets.u16(slab, at + 4, savedLength);
    }
    if (protocol == FlowPacket.TCP) {
      Octets.u8(slab, at + ipHeader + 13, savedFlags);
      Octets.u16(slab, at + ipHeader + 16, savedChecksum);
    } else {
      Octets.u16(slab, at + ipHeader + 4, savedUdpLength);
      Octets.u16(slab, at + ipHeader + 6, savedChecksum);
    }
  }

  private void save() {
    boolean tcp = protocol == FlowPacket.TCP;
    savedLength = Octets.u16(slab, version == 4 ? at + 2 : at + 4);
    savedIpChecksum = version == 4 ? Octets.u16(slab, at + 10) : 0;
    savedChecksum = Octets.u16(slab, at + ipHeader + (tcp ? 16 : 6));
    savedFlags = tcp ? Octets.u8(slab, at + ipHeader + 13) : 0;
    savedUdpLength = tcp ? 0 : Octets.u16(slab, at + ipHeader + 4);
  }

  private boolean pushes(int packet) {
    return (Octets.u8(slab, packet + ipHeader + 13) & FlowPacket.PSH) != 0;
  }

  private boolean equal(FlowPacket packet, int from, int bytes) {
    for (int i = from; i < from + bytes; i += 4) {
      if (Octets.u32(slab, at + i) != Octets.u32(packet.slab, packet.at + i)) {
        return false;
      }
    }
    return true;
  }
}
