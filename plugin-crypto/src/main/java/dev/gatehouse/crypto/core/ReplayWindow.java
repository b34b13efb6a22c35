package dev.gatehouse.crypto.core;

import java.util.Arrays;

/**
 * Which counters were seen, as a ring of words (RFC 6479): sliding it forward clears whole words
 * and never shifts bits.
 */
final class ReplayWindow {

  /** Bits in the ring; one word of them is always in the course of being cleared. */
  static final int BITS = 8192 + 64;

  /** How far behind the newest counter a late packet may be and still be taken. */
  static final long SIZE = BITS - 64;

  private static final int WORDS = BITS / 64;

  private final long[] ring = new long[WORDS];
  private long newest = -1;

  /** Whether the counter, below 2^63, is new and not too old; changes nothing. */
  boolean isFresh(long counter) {
    if (counter > newest) {
      return true;
    }
    return newest - counter < SIZE
        && (ring[(int) ((counter >>> 6) % WORDS)] & (1L << (counter & 63))) == 0;
  }

  /**
   * Remembers a counter that {@link #isFresh} allowed and whose packet was authentic.
   *
   * @return whether it is the newest so far
   */
  boolean accept(long counter) {
    boolean isNewest = counter > newest;
    if (isNewest) {
      long from = newest >> 6;
      long to = counter >>> 6;
      if (to - from >= WORDS) {
        Arrays.fill(ring, 0);
      } else {
        for (long word = from + 1; word <= to; word++) {
          ring[(int) (word % WORDS)] = 0;
        }
      }
      newest = counter;
    }
    ring[(int) ((counter >>> 6) % WORDS)] |= 1L << (counter & 63);
    return isNewest;
  }
}
