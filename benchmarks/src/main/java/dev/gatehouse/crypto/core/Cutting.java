package dev.gatehouse.crypto.core;

import java.lang.foreign.MemorySegment;

/** Lets benchmarks cut super-packets without sealing the pieces. One thread. */
public final class Cutting {

  private final TrainCutter cutter = new TrainCutter();
  private long seen;

  /** A cutter. */
  public Cutting() {}

  /**
   * Cuts a super-packet into pieces with checksums.
   *
   * @param segment payload bytes per piece
   * @return how many pieces
   */
  public int cut(MemorySegment slab, long offset, int length, int segment) {
    return cutter.plan(slab, offset, length, segment) < 0
        ? -1
        : cutter.cut(slab, offset, length, segment, this::take);
  }

  private boolean take(MemorySegment slab, long offset, int length) {
    seen += length;
    return true;
  }

  /** Bytes of all pieces so far. */
  public long seen() {
    return seen;
  }
}
