package dev.gatehouse.relay.core.turn;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket, kept as the time at which it will be full again. Safe for any thread, without
 * locks.
 */
final class Rate {

  private static final long SECOND = 1_000_000_000L;

  private final double nanosPerToken;
  private final long depth;
  private final AtomicLong full;

  /**
   * A full bucket.
   *
   * @param perSecond tokens coming in per second, at least 1
   * @param burst tokens in a full bucket
   */
  Rate(long perSecond, long burst, long nowNanos) {
    nanosPerToken = (double) SECOND / perSecond;
    depth = (long) (burst * nanosPerToken);
    full = new AtomicLong(nowNanos);
  }

  /** For bytes: a quarter of a second, and at least a few of the longest datagrams. */
  static Rate ofBytes(long perSecond, long nowNanos) {
    return new Rate(perSecond, Math.max(perSecond / 4, 4 * 65_536), nowNanos);
  }

  /** Takes tokens if there are enough. */
  boolean take(long tokens, long nowNanos) {
    long cost = (long) (tokens * nanosPerToken);
    while (true) {
      long before = full.get();
      long from = before - nowNanos > 0 ? before : nowNanos;
      if (from + cost - nowNanos > depth) {
        return false;
      }
      if (full.compareAndSet(before, from + cost)) {
        return true;
      }
    }
  }
}
