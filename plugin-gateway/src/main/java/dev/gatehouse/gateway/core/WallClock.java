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

  private long nanos;
  private long wall;

  /** Starts with a first reading. */
  public WallClock(long nowNanos, Instant now) {
    renew(nowNanos, now);
  }

  /** Takes a new reading of both clocks, made at the same moment. */
  public void renew(long nowNanos, Instant now) {
    nanos = nowNanos;
    wall = nanosOf(now);
  }

  /** The wall clock at a reading of the monotonic clock, in nanoseconds since 1970. */
  public long at(long nowNanos) {
    return wall + (nowNanos - nanos);
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
