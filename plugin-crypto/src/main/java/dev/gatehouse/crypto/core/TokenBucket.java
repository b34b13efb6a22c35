package dev.gatehouse.crypto.core;

/** So many a second, and as many at once. */
final class TokenBucket {

  private final long cost;
  private final long burst;
  private long fullAt;

  TokenBucket(int perSecond) {
    cost = 1_000_000_000L / perSecond;
    burst = cost * perSecond;
  }

  /** Takes one; false if there is none left. */
  boolean take(long nowNanos) {
    long after = Math.max(fullAt, nowNanos) + cost;
    if (after - nowNanos > burst) {
      return false;
    }
    fullAt = after;
    return true;
  }
}
