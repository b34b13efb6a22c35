package dev.gatehouse.tun.linux.core;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The 10 bytes before every packet that is exchanged with a TUN device opened with {@code
 * IFF_VNET_HDR}: {@code struct virtio_net_hdr} of the virtio specification 1.2, §5.1.6, in native
 * byte order.
 */
public final class VirtioHeader {

  /** The length in bytes. */
  public static final int BYTES = 10;

  /** Flag: the checksum at {@code start + offset} is to be completed from {@code start} on. */
  public static final int NEEDS_CHECKSUM = 1;

  /** Kind: a single packet. */
  public static final int SINGLE = 0;

  /** Kind: TCP over IPv4 to be cut. */
  public static final int TCP4 = 1;

  /** Kind: TCP over IPv6 to be cut. */
  public static final int TCP6 = 4;

  /** Kind: UDP over either to be cut. */
  public static final int UDP = 5;

  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private VirtioHeader() {}

  /** The flags. */
  public static int flags(MemorySegment memory, long at) {
    return memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  /** The kind of packet. */
  public static int kind(MemorySegment memory, long at) {
    return memory.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff;
  }

  /** Payload bytes per piece. */
  public static int segmentSize(MemorySegment memory, long at) {
    return memory.get(U16, at + 4) & 0xffff;
  }

  /** Where the checksum begins to cover, from the first byte of the packet. */
  public static int checksumStart(MemorySegment memory, long at) {
    return memory.get(U16, at + 6) & 0xffff;
  }

  /** Where the checksum stands, from its start. */
  public static int checksumOffset(MemorySegment memory, long at) {
    return memory.get(U16, at + 8) & 0xffff;
  }

  /** Writes the header of a single packet whose checksums are complete. */
  public static void single(MemorySegment memory, long at) {
    write(memory, at, 0, SINGLE, 0, 0, 0, 0);
  }

  /** Writes a header. */
  public static void write(
      MemorySegment memory,
      long at,
      int flags,
      int kind,
      int headerLength,
      int segmentSize,
      int checksumStart,
      int checksumOffset) {
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) flags);
    memory.set(ValueLayout.JAVA_BYTE, at + 1, (byte) kind);
    memory.set(U16, at + 2, (short) headerLength);
    memory.set(U16, at + 4, (short) segmentSize);
    memory.set(U16, at + 6, (short) checksumStart);
    memory.set(U16, at + 8, (short) checksumOffset);
  }
}
