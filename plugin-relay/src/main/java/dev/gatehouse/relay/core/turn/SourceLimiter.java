package dev.gatehouse.relay.core.turn;

/**
 * Token buckets for prefixes of source addresses, /24 and /56, in a table that never grows: a
 * prefix that finds no room takes the place of the one that was quiet for longest, and forging
 * sources so gains nothing but full buckets, which the bucket of all together bounds. One thread.
 */
final class SourceLimiter {

  private static final int WAYS = 4;
  private static final int SETS = 1 << 12;
  private static final long SECOND = 1_000_000_000L;

  private final long seed;
  private final long cost;
  private final long depth;
  private final long[] tags = new long[SETS * WAYS];
  private final long[] full = new long[SETS * WAYS];

  SourceLimiter(long seed, int perSecond, int burst) {
    this.seed = seed;
    cost = SECOND / perSecond;
    depth = cost * burst;
  }

  /** Takes one token of the source's prefix, if there is one. */
  boolean take(long high, long low, long nowNanos) {
    int place = place(high, low, nowNanos);
    long from = full[place] - nowNanos > 0 ? full[place] : nowNanos;
    if (from + cost - nowNanos > depth) {
      return false;
    }
    full[place] = from + cost;
    return true;
  }

  /** Whether {@link #take} would find one. */
  boolean has(long high, long low, long nowNanos) {
    int place = place(high, low, nowNanos);
    return full[place] - nowNanos <= depth - cost;
  }

  private int place(long high, long low, long nowNanos) {
    boolean v4 = high == 0 && low >>> 32 == 0xffffL;
    long tag = v4 ? Mixing.mix(seed, 4, low >>> 8, 0) | 1 : Mixing.mix(seed, 6, high >>> 8, 0) | 1;
    int first = (int) (tag >>> 32) & (SETS - 1);
    first *= WAYS;
    int quietest = first;
    for (int i = first; i < first + WAYS; i++) {
      if (tags[i] == tag) {
        return i;
      }
      if (tags[i] == 0) {
        quietest = i;
        break;
      }
      if (full[i] - full[quietest] < 0) {
        quietest = i;
      }
    }
    tags[quietest] = tag;
    full[quietest] = nowNanos;
    return quietest;
  }
}
