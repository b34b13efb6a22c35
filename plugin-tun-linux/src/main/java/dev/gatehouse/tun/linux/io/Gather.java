package dev.gatehouse.tun.linux.io;

import dev.gatehouse.tun.linux.core.Run;
import dev.gatehouse.tun.linux.core.VirtioHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A run together with the memory that tells writev(2) where its pieces lie: the header for the
 * device, the first packet, the payloads of the others.
 */
final class Gather {

  /** Where the header for the device lies in {@link #memory()}. */
  static final int HEADER = 0;

  private static final int VECTOR = 16;
  private static final int ENTRY = 16;
  private static final int ENTRIES = 1 + Run.MAX_TCP;

  private final MemorySegment memory;
  private final Run run = new Run();
  private int pieces;

  Gather(Arena arena) {
    memory = arena.allocate(VECTOR + ENTRIES * ENTRY, 16);
    set(0, memory.address() + HEADER, VirtioHeader.BYTES);
  }

  Run run() {
    return run;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Begins with a whole packet. */
  void head(long address, int length) {
    pieces = 1;
    set(1, address, length);
  }

  /** Adds a payload. */
  void payload(long address, int length) {
    pieces++;
    set(pieces, address, length);
  }

  /** Writes the header of a packet that goes alone. */
  void single() {
    VirtioHeader.single(memory, HEADER);
  }

  /** How many pieces there are, the header not counted. */
  int pieces() {
    return pieces;
  }

  /** Where a piece lies. */
  long address(int piece) {
    return memory.get(ValueLayout.JAVA_LONG, VECTOR + (piece + 1L) * ENTRY);
  }

  /** How long a piece is. */
  int length(int piece) {
    return (int) memory.get(ValueLayout.JAVA_LONG, VECTOR + (piece + 1L) * ENTRY + 8);
  }

  /** The address of the vector, with or without the header. */
  long vector(boolean header) {
    return memory.address() + VECTOR + (header ? 0 : ENTRY);
  }

  /** The number of entries in the vector. */
  int count(boolean header) {
    return header ? pieces + 1 : pieces;
  }

  private void set(int index, long address, long length) {
    memory.set(ValueLayout.JAVA_LONG, VECTOR + (long) index * ENTRY, address);
    memory.set(ValueLayout.JAVA_LONG, VECTOR + (long) index * ENTRY + 8, length);
  }
}
