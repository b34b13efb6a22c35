package dev.gatehouse.dist.faults;

import java.nio.ByteBuffer;

/** Bytes that look like chance and are known at every position, so that any mistake shows. */
final class Content {

  private Content() {}

  /** Fills the rest of the buffer with what belongs at a position, a multiple of 8. */
  static void fill(ByteBuffer buffer, long position) {
    long at = position;
    while (buffer.remaining() >= Long.BYTES) {
      buffer.putLong(at(at));
      at += Long.BYTES;
    }
    for (long word = at(at); buffer.hasRemaining(); word >>>= Byte.SIZE) {
      buffer.put((byte) word);
    }
  }

  /** Whether the rest of the buffer is what belongs at a position, a multiple of 8. */
  static boolean fits(ByteBuffer buffer, long position) {
    var expected = ByteBuffer.allocate(buffer.remaining());
    fill(expected, position);
    return expected.flip().equals(buffer);
  }

  private static long at(long position) {
    long z = (position / Long.BYTES + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
