package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.packet.DropCounters;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What one thread counts about the device: one writing thread, any number of readers. */
final class Traffic {

  static final int READ_PACKETS = 0;
  static final int READ_BYTES = 1;
  static final int WRITTEN_PACKETS = 2;
  static final int WRITTEN_BYTES = 3;
  static final int PAUSES = 4;
  static final int RING_FULL = 5;
  static final int LOST_WAKE_UPS = 6;
  static final int REBUILDS = 7;
  static final int WAITS = 8;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int COUNTERS = 9;

  private final long[] counts = new long[COUNTERS];
  private final DropCounters drops = new DropCounters();

  /** Adds to a counter; the owning thread only. */
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
