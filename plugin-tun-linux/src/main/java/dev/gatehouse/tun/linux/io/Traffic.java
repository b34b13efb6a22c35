package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.DropCounters;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What one shard counts about the device: one writing thread, any number of readers. */
final class Traffic {

  static final int READ_PACKETS = 0;
  static final int READ_BYTES = 1;
  static final int READ_CALLS = 2;
  static final int WRITTEN_PACKETS = 3;
  static final int WRITTEN_BYTES = 4;
  static final int WRITE_CALLS = 5;
  static final int PAUSES = 6;
  static final int REFUSED_RUNS = 7;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int COUNTERS = 8;

  private final long[] counts = new long[COUNTERS];
  private final DropCounters drops = new DropCounters();

  /** Adds to a counter; the owning shard only. */
  void add(int counter, long amount) {
    COUNT.setOpaque(counts, counter, counts[counter] + amount);
  }

  /** Reads a counter. Any thread. */
  long of(int counter) {
    return (long) COUNT.getOpaque(counts, counter);
  }

  /** Packets that went no further. */
  DropCounters drops() {
    return drops;
  }
}
