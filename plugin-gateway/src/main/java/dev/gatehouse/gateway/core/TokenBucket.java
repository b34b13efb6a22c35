package dev.gatehouse.gateway.core;

/** Lets a number of things through per second, and as many at once. One thread. */
public final class TokenBucket {

  private static final long SECOND = 1_000_000_000L;

  private final long costNanos;
  private long creditNanos = SECOND;
  private long lastNanos;

  /**
   * Starts full.
   *
   * @param perSecond how many per second, and at once; 0 for none ever
   * @param nowNanos the monotonic clock
   */
  public TokenBucket(int perSecond, long nowNanos) {
    costNanos = perSecond == 0 ? Long.MAX_VALUE : SECOND / perSecond;
    lastNanos = nowNanos;
  }

  /** Takes one; false if there is none left. */
  public boolean tryTake(long nowNanos) {
    long passed = Math.max(0, nowNanos - lastNanos);
    lastNanos = nowNanos;
    creditNanos = passed >= SECOND ? SECOND : Math.min(SECOND, creditNanos + passed);
    if (creditNanos < costNanos) {
      return false;
    }
    creditNanos -= costNanos;
    return true;
  }
}
