package dev.gatehouse.crypto.core;

import dev.gatehouse.api.model.IpAddress;

/**
 * A token bucket per source address, IPv6 addresses by their /64: {@value #PER_SECOND} handshake
 * messages a second, {@value #BURST} at once. The memory is fixed: a full row of the table gives
 * its longest unused place to the newcomer.
 */
final class HandshakeLimiter {

  static final int PER_SECOND = 20;
  static final int BURST = 5;

  private static final long COST = 1_000_000_000L / PER_SECOND;
  private static final int ROWS = 2048;
  private static final int WAYS = 4;

  private final long seed;
  private final long[] highs = new long[ROWS * WAYS];
  private final long[] lows = new long[ROWS * WAYS];

  /** When the bucket will be full again; in the past for a full one. */
  private final long[] fullAt = new long[ROWS * WAYS];

  /**
   * An empty limiter.
   *
   * @param seed secret, so that nobody can choose addresses that share a row
   */
  HandshakeLimiter(long seed) {
    this.seed = seed;
  }

  /** Takes one token; false if there is none. */
  boolean allow(IpAddress source, long nowNanos) {
    long high = source.high();
    long low = source.isV4() ? source.low() : 0;
    int row = row(high, low);
    int place = row;
    for (int i = row; i < row + WAYS; i++) {
      if (highs[i] == high && lows[i] == low) {
        place = i;
        break;
      }
      if (fullAt[i] < fullAt[place]) {
        place = i;
      }
    }
    boolean known = highs[place] == high && lows[place] == low;
    long full = known ? Math.max(fullAt[place], nowNanos) : nowNanos;
    if (full - nowNanos > (BURST - 1) * COST) {
      return false;
    }
    highs[place] = high;
    lows[place] = low;
    fullAt[place] = full + COST;
    return true;
  }

  private int row(long high, long low) {
    long hash = (high ^ seed) * 0x9e37_79b9_7f4a_7c15L;
    hash = (hash ^ (hash >>> 32) ^ low) * 0xd6e8_feb8_6659_fd93L;
    hash ^= hash >>> 32;
    return (int) (hash & (ROWS - 1)) * WAYS;
  }
}
