package dev.gatehouse.api.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads and writes numbers in a slab, unaligned, as unsigned where Java has room for it.
 *
 * @since 0.1.0
 */
public final class Octets {

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort U16LE =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32LE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64LE =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Octets() {}

  /** One byte, 0 to 255. */
  public static int u8(MemorySegment slab, long offset) {
    return slab.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }

  /** Writes one byte. */
  public static void u8(MemorySegment slab, long offset, int value) {
    slab.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }

  /** Two bytes in network order, 0 to 65535. */
  public static int u16(MemorySegment slab, long offset) {
    return slab.get(U16, offset) & 0xffff;
  }

  /** Writes two bytes in network order. */
  public static void u16(MemorySegment slab, long offset, int value) {
    slab.set(U16, offset, (short) value);
  }

  /** Four bytes in network order, as the 32 bits they are. */
  public static int u32(MemorySegment slab, long offset) {
    return slab.get(U32, offset);
  }

  /** Writes four bytes in network order. */
  public static void u32(MemorySegment slab, long offset, int value) {
    slab.set(U32, offset, value);
  }

  /** Eight bytes in network order, as the 64 bits they are. */
  public static long u64(MemorySegment slab, long offset) {
    return slab.get(U64, offset);
  }

  /** Writes eight bytes in network order. */
  public static void u64(MemorySegment slab, long offset, long value) {
    slab.set(U64, offset, value);
  }

  /** Two bytes, least significant first, 0 to 65535. */
  public static int u16le(MemorySegment slab, long offset) {
    return slab.get(U16LE, offset) & 0xffff;
  }

  /** Writes two bytes, least significant first. */
  public static void u16le(MemorySegment slab, long offset, int value) {
    slab.set(U16LE, offset, (short) value);
  }

  /** Four bytes, least significant first, as the 32 bits they are. */
  public static int u32le(MemorySegment slab, long offset) {
    return slab.get(U32LE, offset);
  }

  /** Writes four bytes, least significant first. */
  public static void u32le(MemorySegment slab, long offset, int value) {
    slab.set(U32LE, offset, value);
  }

  /** Eight bytes, least significant first, as the 64 bits they are. */
  public static long u64le(MemorySegment slab, long offset) {
    return slab.get(U64LE, offset);
  }

  /** Writes eight bytes, least significant first. */
  public static void u64le(MemorySegment slab, long offset, long value) {
    slab.set(U64LE, offset, value);
  }
}
