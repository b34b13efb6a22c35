package dev.gatehouse.gateway.core;

import java.time.Instant;

/**
 * The wall clock as the packet path reads it: a reading that is renewed every second, carried
 * forward by the monotonic clock in between. A jump of the wall clock therefore shows within a
 * second, and asking for the time allocates nothing. One thread.
 */
public final class WallClock {

  /** A moment that never comes. */
  public static final long NEVER = Long.MAX_VALUE;

  /**
   * What the clock reads while the time is not known: so late that everything that ends is over,
   * and nothing that never ends is.
   */
  public static final long UNKNOWN = NEVER - 1;

  private long nanos;
  private long wall;
  private boolean known;

  /** A clock that does not know the time yet. */
  public WallClock() {}

  /**
   * Takes a new reading of both clocks, made at the same moment.
   *
   * @param timeIsKnown what the store said before the reading; if it was asked after it, a clock
   *     put right in between would be believed with its old, wrong reading
   */
  public void renew(boolean timeIsKnown, long nowNanos, Instant now) {
    known = timeIsKnown;
    nanos = nowNanos;
    wall = nanosOf(now);
  }

  /**
   * The wall clock at a reading of the monotonic clock, in nanoseconds since 1970; {@link #UNKNOWN}
   * if the time is not known.
   */
  public long at(long nowNanos) {
    return known ? wall + (nowNanos - nanos) : UNKNOWN;
  }

  /** A moment in nanoseconds since 1970; {@link #NEVER} where that is too far away to count. */
  public static long nanosOf(Instant moment) {
    long seconds = moment.getEpochSecond();
    if (seconds >= Long.MAX_VALUE / 1_000_000_000L) {
      return NEVER;
    }
    if (seconds <= Long.MIN_VALUE / 1_000_000_000L) {
      return Long.MIN_VALUE;
    }
    return seconds * 1_000_000_000L + moment.getNano();
  }
}
