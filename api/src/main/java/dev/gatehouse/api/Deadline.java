package dev.gatehouse.api;

import java.time.Duration;

/**
 * The latest moment a caller is willing to wait for, on the monotonic clock of a {@link
 * TimeSource}.
 *
 * @param atNanos the moment, as a reading of {@link TimeSource#nanoTime()}
 * @since 0.1.0
 */
public record Deadline(long atNanos) {

  /** The moment {@code timeout} from now. */
  public static Deadline after(Duration timeout, TimeSource time) {
    return new Deadline(time.nanoTime() + timeout.toNanos());
  }

  /** How long is left; zero or negative once the deadline has passed. */
  public Duration remaining(TimeSource time) {
    return Duration.ofNanos(atNanos - time.nanoTime());
  }

  /** Whether the deadline has passed. */
  public boolean hasPassed(TimeSource time) {
    return atNanos - time.nanoTime() <= 0;
  }
}
