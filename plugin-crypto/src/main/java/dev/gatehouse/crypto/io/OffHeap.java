package dev.gatehouse.crypto.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes of the heap where native libraries can read them; not on the packet path. */
final class OffHeap {

  private OffHeap() {}

  /** A copy in native memory with room behind it; never empty, so that it has an address. */
  static MemorySegment copy(Arena arena, byte[] bytes, int more) {
    var memory = arena.allocate(Math.max(1, bytes.length + more));
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return memory;
  }
}
