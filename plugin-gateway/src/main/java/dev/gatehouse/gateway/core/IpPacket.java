package dev.gatehouse.gateway.core;

import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * A view of one IP packet where it lies: who sent it to whom, and what it carries. One view is used
 * for packet after packet; nothing is allocated. Addresses are pairs of longs as in {@link
 * dev.gatehouse.api.model.IpAddress}, IPv4 in its mapped form; {@link #version} tells the families
 * apart. Not safe for concurrent use.
 *
 * <p>Sources: RFC 791, RFC 8200, RFC 4443, RFC 792; first fragments must hold the whole header
 * chain (RFC 7112) and the whole transport header (RFC 1858).
 */
public final class IpPacket {

  /** Protocol number of ICMP. */
  public static final int ICMP = 1;

  /** Protocol number of TCP. */
  public static final int TCP = 6;

  /** Protocol number of UDP. */
  public static final int UDP = 17;

  /** Protocol number of ICMPv6. */
  public static final int ICMP_V6 = 58;

  /** The FIN flag of TCP. */
  static final int FIN = 1;

  /** The SYN flag of TCP. */
  static final int SYN = 2;

  /** The RST flag of TCP. */
  static final int RST = 4;

  /** The ACK flag of TCP. */
  static final int ACK = 16;

  /** Upper half of every IPv4 address in the mapped form's lower long. */
  public static final long MAPPED = 0x0000_ffff_0000_0000L;

  private static final int MAX_EXTENSION_HEADERS = 8;
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT_HEADER = 44;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int CONTROL_PROTOCOL = 255;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int STRICT_SOURCE_ROUTE = 137;

  private MemorySegment slab = MemorySegment.NULL;
  private long offset;
  private int length;
  private int version;
  private int protocol;
  private int transport;
  private int sourcePort;
  private int destinationPort;
  private int icmpType;
  private int icmpCode;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private boolean fragment;
  private boolean laterFragment;
  private boolean sourceRouted;

  /** A view of nothing yet. */
  public IpPacket() {}

  /**
   * Looks at a packet.
   *
   * @param slab the memory it lies in
   * @param offset its first byte
   * @param length its length in bytes
   * @param train whether it stands for several packets, whose UDP length is therefore not its own
   * @return false if it is not a well-formed packet; the view then says nothing
   */
  public boolean parse(MemorySegment slab, long offset, int length, boolean train) {
    this.slab = slab;
    this.offset = offset;
    this.length = length;
    sourcePort = 0;
    destinationPort = 0;
    icmpType = -1;
    icmpCode = -1;
    fragment = false;
    laterFragment = false;
    sourceRouted = false;
    if (length < 20) {
      return false;
    }
    long first = Octets.u64(slab, offset);
    version = (int) (first >>> 60);
    return switch (version) {
      case 4 -> parseV4(slab, offset, length, first) && parseTransport(slab, train);
      case 6 -> length >= 40 && parseV6(slab, offset, length, first) && parseTransport(slab, train);
      default -> false;
    };
  }

  /**
   * Reads an IPv4 header.
   *
   * @param first its first 8 bytes
   */
  private boolean parseV4(MemorySegment slab, long offset, int length, long first) {
    int header = (int) (first >>> 56 & 0xf) * 4;
    if (header < 20 || header > length || (first >>> 32 & 0xffff) != length) {
      return false;
    }
    int bits = (int) first & 0xffff;
    if ((bits & 0x3fff) != 0 && !fragmentAt((bits & 0x1fff) * 8, (bits & 0x2000) != 0, header)) {
      return false;
    }
    long second = Octets.u64(slab, offset + 8);
    protocol = (int) (second >>> 48) & 0xff;
    transport = header;
    sourceHigh = 0;
    sourceLow = MAPPED | (second & 0xffff_ffffL);
    destinationHigh = 0;
    destinationLow = MAPPED | (Octets.u32(slab, offset + 16) & 0xffff_ffffL);
    return header == 20 || parseOptions(header);
  }

  private boolean parseOptions(int header) {
    int at = 20;
    while (at < header) {
      int option = Octets.u8(slab, offset + at);
      if (option == 0) {
        return true;
      }
      if (option == 1) {
        at++;
        continue;
      }
      int size = at + 1 < header ? Octets.u8(slab, offset + at + 1) : 0;
      if (size < 2 || at + size > header) {
        return false;
      }
      sourceRouted |= option == LOOSE_SOURCE_ROUTE || option == STRICT_SOURCE_ROUTE;
      at += size;
    }
    return true;
  }

  /**
   * Reads an IPv6 header and what extends it.
   *
   * @param first its first 8 bytes
   */
  private boolean parseV6(MemorySegment slab, long offset, int length, long first) {
    if ((first >>> 16 & 0xffff) + 40 != length) {
      return false;
    }
    sourceHigh = Octets.u64(slab, offset + 8);
    sourceLow = Octets.u64(slab, offset + 16);
    destinationHigh = Octets.u64(slab, offset + 24);
    destinationLow = Octets.u64(slab, offset + 32);
    if (isMapped(sourceHigh, sourceLow) || isMapped(destinationHigh, destinationLow)) {
      return false;
    }
    int next = (int) (first >>> 8) & 0xff;
    int at = 40;
    boolean fragmentHeaderSeen = false;
    for (int headers = 0; isExtension(next); headers++) {
      if (headers == MAX_EXTENSION_HEADERS || at + 8 > length) {
        return false;
      }
      int size = 8;
      if (next == FRAGMENT_HEADER) {
        int bits = Octets.u16(slab, offset + at + 2);
        if (fragmentHeaderSeen || !fragmentAt(bits & 0xfff8, (bits & 1) != 0, at + 8)) {
          return false;
        }
        fragmentHeaderSeen = true;
      } else {
        size += Octets.u8(slab, offset + at + 1) * 8;
        if (at + size > length || (next == HOP_BY_HOP && at != 40)) {
          return false;
        }
        sourceRouted |= next == ROUTING && Octets.u8(slab, offset + at + 3) != 0;
      }
      next = Octets.u8(slab, offset + at);
      at += size;
      if (laterFragment) {
        break;
      }
    }
    protocol = next;
    transport = at;
    return true;
  }

  /** IPv4-mapped addresses never stand in an IPv6 header; here they would pass for IPv4. */
  private static boolean isMapped(long high, long low) {
    return high == 0 && low >>> 32 == 0xffffL;
  }

  private static boolean isExtension(int next) {
    return next == HOP_BY_HOP
        || next == ROUTING
        || next == FRAGMENT_HEADER
        || next == DESTINATION_OPTIONS;
  }

  private boolean fragmentAt(int position, boolean more, int payloadAt) {
    laterFragment = position > 0;
    fragment = laterFragment || more;
    int payload = length - payloadAt;
    return !fragment
        || (payload > 0 && position + payload <= 65535 && (!more || (payload & 7) == 0));
  }

  private boolean parseTransport(MemorySegment slab, boolean train) {
    if (laterFragment) {
      return true;
    }
    long at = offset + transport;
    int size = length - transport;
    if (protocol == TCP) {
      if (size < 20) {
        return false;
      }
      int header = (Octets.u8(slab, at + 12) >>> 4) * 4;
      if (header < 20 || (header > size && !fragment)) {
        return false;
      }
      parsePorts(Octets.u32(slab, at));
    } else if (protocol == UDP) {
      if (size < 8) {
        return false;
      }
      long header = Octets.u64(slab, at);
      int told = (int) (header >>> 16) & 0xffff;
      if (told < 8 || (told > size && !fragment && !train)) {
        return false;
      }
      parsePorts((int) (header >>> 32));
    } else if (isIcmp()) {
      if (size < 8) {
        return false;
      }
      icmpType = Octets.u8(slab, at);
      icmpCode = Octets.u8(slab, at + 1);
      if (isEcho()) {
        sourcePort = Octets.u16(slab, at + 4);
        destinationPort = sourcePort;
      }
    }
    return true;
  }

  private void parsePorts(int ports) {
    sourcePort = ports >>> 16;
    destinationPort = ports & 0xffff;
  }

  /** The memory the packet lies in. */
  public MemorySegment slab() {
    return slab;
  }

  /** Where the packet starts. */
  public long offset() {
    return offset;
  }

  /** The packet's length in bytes. */
  public int length() {
    return length;
  }

  /** 4 or 6. */
  public int version() {
    return version;
  }

  /** The protocol behind the last extension header that was followed. */
  public int protocol() {
    return protocol;
  }

  /** The bytes before the transport header: IP header with options or extension headers. */
  public int headerLength() {
    return transport;
  }

  /** The source port, or the identifier of an ICMP echo; 0 where there is neither. */
  public int sourcePort() {
    return sourcePort;
  }

  /** The destination port, or the identifier of an ICMP echo; 0 where there is neither. */
  public int destinationPort() {
    return destinationPort;
  }

  /** The ICMP type, or -1. */
  public int icmpType() {
    return icmpType;
  }

  /** The ICMP code, or -1. */
  public int icmpCode() {
    return icmpCode;
  }

  /** The source address, upper half. */
  public long sourceHigh() {
    return sourceHigh;
  }

  /** The source address, lower half. */
  public long sourceLow() {
    return sourceLow;
  }

  /** The destination address, upper half. */
  public long destinationHigh() {
    return destinationHigh;
  }

  /** The destination address, lower half. */
  public long destinationLow() {
    return destinationLow;
  }

  /** Whether this is part of a packet. */
  public boolean isFragment() {
    return fragment;
  }

  /** Whether this is a part without the transport header, so that its ports are unknown. */
  public boolean isLaterFragment() {
    return laterFragment;
  }

  /** Whether the packet names hops that would carry it past the destination that was checked. */
  public boolean isSourceRouted() {
    return sourceRouted;
  }

  /** Whether it is ICMP for IPv4 or ICMPv6 for IPv6. */
  public boolean isIcmp() {
    return version == 4 ? protocol == ICMP : protocol == ICMP_V6;
  }

  /** Whether it is an ICMP echo request that is not a later fragment. */
  boolean isEchoRequest() {
    return isIcmp() && icmpType == (version == 4 ? 8 : 128);
  }

  /** Whether it is an ICMP echo reply that is not a later fragment. */
  boolean isEchoReply() {
    return isIcmp() && icmpType == (version == 4 ? 0 : 129);
  }

  /** The flags of a TCP packet that is not a later fragment. */
  int tcpFlags() {
    return Octets.u8(slab, offset + transport + 13L);
  }

  private boolean isEcho() {
    return version == 4 ? icmpType == 0 || icmpType == 8 : icmpType == 128 || icmpType == 129;
  }

  /** Whether it is an ICMP error rather than a question or an answer. */
  public boolean isIcmpError() {
    if (icmpType < 0) {
      return false;
    }
    return version == 4
        ? icmpType == 3 || icmpType == 4 || icmpType == 5 || icmpType == 11 || icmpType == 12
        : icmpType < 128;
  }

  /** Whether the destination is a multicast group or the limited broadcast address. */
  public boolean isMulticast() {
    return version == 4
        ? ((int) destinationLow >>> 28) == 0xe || (int) destinationLow == -1
        : (destinationHigh >>> 56) == 0xff;
  }

  /** Whether it is a control message between client and gateway: from :: to ::, protocol 255. */
  public boolean isControl() {
    return version == 6
        && protocol == CONTROL_PROTOCOL
        && (sourceHigh | sourceLow | destinationHigh | destinationLow) == 0;
  }

  /** Whether the source is an address that can be answered to. */
  public boolean hasAnswerableSource() {
    if (version == 4) {
      int first = (int) sourceLow >>> 24;
      return first != 0 && first != 127 && first < 224;
    }
    return (sourceHigh >>> 56) != 0xff && (sourceHigh != 0 || sourceLow >>> 1 != 0);
  }

  /**
   * Whether the packet quoted by this ICMP error was sent by the receiver of the error. False also
   * if the quotation is too short to tell.
   */
  public boolean quotesPacketOfDestination() {
    int at = transport + 8;
    if (version == 4) {
      return length >= at + 20
          && Octets.u8(slab, offset + at) >>> 4 == 4
          && (Octets.u32(slab, offset + at + 12) & 0xffff_ffffL) == (destinationLow & 0xffff_ffffL);
    }
    return length >= at + 40
        && Octets.u8(slab, offset + at) >>> 4 == 6
        && Octets.u64(slab, offset + at + 8) == destinationHigh
        && Octets.u64(slab, offset + at + 16) == destinationLow;
  }
}
