package dev.gatehouse.api;

import java.time.Instant;

/**
 * Time as plugins see it, so that tests can be in charge of it. Safe for any thread.
 *
 * @since 0.1.0
 */
public interface TimeSource {

  /**
   * Nanoseconds from an arbitrary origin, never going backwards. Compare two readings by
   * subtraction only.
   */
  long nanoTime();

  /** The wall clock, which may jump in either direction. */
  Instant now();

  /** The clocks of the machine. */
  static TimeSource system() {
    return SystemTime.INSTANCE;
  }
}
