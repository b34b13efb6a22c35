package dev.gatehouse.tun.windows.core;

/**
 * How long the reader looks again before it waits for a signal. Every look that pays off doubles
 * the time, every one in vain halves it, so that a busy ring is read without signals and an idle
 * one costs nothing. One thread.
 */
public final class AdaptiveSpin {

  /** The least time; less than a wait and its wake-up cost. */
  public static final long LEAST_NANOS = 1_000;

  /** The most time. */
  public static final long MOST_NANOS = 50_000;

  private long budget = LEAST_NANOS;
  private long idleSince;
  private boolean idle;

  /** Starts with the least time. */
  public AdaptiveSpin() {}

  /** Something was read. */
  public void found() {
    if (idle) {
      budget = Math.min(MOST_NANOS, 2 * budget);
      idle = false;
    }
  }

  /**
   * Nothing was there: whether to look again rather than wait.
   *
   * @param nowNanos the time now
   */
  public boolean looksAgain(long nowNanos) {
    if (!idle) {
      idle = true;
      idleSince = nowNanos;
    }
    return nowNanos - idleSince < budget;
  }

  /** It was waited, so the looking was in vain. */
  public void waited() {
    budget = Math.max(LEAST_NANOS, budget / 2);
    idle = false;
  }
}
