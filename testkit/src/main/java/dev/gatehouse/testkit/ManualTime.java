package dev.gatehouse.testkit;

import dev.gatehouse.api.TimeSource;
import java.time.Duration;
import java.time.Instant;

/**
 * Clocks that stand still until told otherwise. Safe for any thread.
 *
 * @since 0.1.0
 */
public final class ManualTime implements TimeSource {

  /** Where the wall clock starts unless told otherwise. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private long nanos;
  private Instant wall;

  /** Starts at {@link #START}. */
  public ManualTime() {
    this(START);
  }

  /** Starts the wall clock at a moment and the monotonic clock at an odd reading. */
  public ManualTime(Instant wall) {
    this.wall = wall;
    this.nanos = -1_000_003L;
  }

  @Override
  public synchronized long nanoTime() {
    return nanos;
  }

  @Override
  public synchronized Instant now() {
    return wall;
  }

  /** Lets time pass on both clocks. */
  public synchronized void advance(Duration by) {
    nanos += by.toNanos();
    wall = wall.plus(by);
  }

  /** Sets the wall clock, as an operator or NTP would; the monotonic clock stays. */
  public synchronized void setWall(Instant to) {
    wall = to;
  }
}
