package dev.gatehouse.testkit.lab;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waiting for real conditions, with a deadline.
 *
 * @since 0.1.0
 */
public final class Await {

  private static final long PAUSE_NANOS = 5_000_000;

  private Await() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @param what completes "waited in vain for "
   * @return how long it took
   * @throws AssertionError if it does not hold within the time
   */
  public static Duration until(String what, Duration atMost, BooleanSupplier condition) {
    return until(what, atMost, condition, () -> "");
  }

  /**
   * Returns as soon as the condition holds.
   *
   * @param what completes "waited in vain for "
   * @param evidence what to show with the failure
   * @return how long it took
   * @throws AssertionError if it does not hold within the time
   */
  public static Duration until(
      String what, Duration atMost, BooleanSupplier condition, Supplier<String> evidence) {
    long started = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - started > atMost.toNanos()) {
        throw new AssertionError(
            "waited in vain for " + what + " (" + atMost + ")\n" + evidence.get());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return Duration.ofNanos(System.nanoTime() - started);
  }
}
