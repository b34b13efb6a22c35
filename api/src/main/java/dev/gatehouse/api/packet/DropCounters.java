package dev.gatehouse.api.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Counts dropped packets by reason: one writing thread, any number of readers, no lock.
 *
 * @since 0.1.0
 */
public final class DropCounters {

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[DropReason.values().length];

  /** All zero. */
  public DropCounters() {}

  /** Adds to one reason; called by the owning shard only. */
  public void count(DropReason reason, long packets) {
    int index = reason.ordinal();
    COUNT.setOpaque(counts, index, counts[index] + packets);
  }

  /** How many packets were dropped for this reason so far. */
  public long of(DropReason reason) {
    return (long) COUNT.getOpaque(counts, reason.ordinal());
  }

  /** How many packets were dropped so far. */
  public long total() {
    long total = 0;
    for (int i = 0; i < counts.length; i++) {
      total += (long) COUNT.getOpaque(counts, i);
    }
    return total;
  }

  /**
   * What several counted together, for {@link dev.gatehouse.api.spi.Plugin#status}.
   *
   * @return packets by the reason's label, in the order of the reasons, without those that never
   *     were; may be changed by the caller
   */
  public static Map<String, Long> byReason(Stream<DropCounters> counters) {
    var all = counters.toList();
    var packets = new LinkedHashMap<String, Long>();
    for (var reason : DropReason.values()) {
      long dropped = all.stream().mapToLong(each -> each.of(reason)).sum();
      if (dropped > 0) {
        packets.put(reason.label(), dropped);
      }
    }
    return packets;
  }
}
