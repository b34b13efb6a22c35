package dev.gatehouse.crypto.core;

import java.util.Arrays;

/**
 * Which counters were seen, as a ring of words (RFC 6479): sliding it forward clears whole words
 * and never shifts bits. Counters are unsigned, and below 2^64 - 1.
 */
final class ReplayWindow {

  /** Bits in the ring; one word of them is always in the course of being cleared. */
  static final int BITS = 8192 + 64;

  /** How far behind the newest counter a late packet may be and still be taken. */
  static final long SIZE = BITS - 64;

  private static final int WORDS = BITS / 64;

  private final long[] ring = new long[WORDS];

  /** One more than the newest counter. */
  private long next;

  /** Whether the counter is new and not too old; changes nothing. */
  boolean isFresh(long counter) {
    if (Long.compareUnsigned(counter, next) >= 0) {
      return true;
    }
    return Long.compareUnsigned(next - counter, SIZE) <= 0
        && (ring[(int) ((counter >>> 6) % WORDS)] & (1L << (counter & 63))) == 0;
  }

  /**
   * Remembers a counter that {@link #isFresh} allowed and whose packet was authentic.
   *
   * @return whether it is the newest so far
   */
  boolean accept(long counter) {
    boolean isNewest = Long.compareUnsigned(counter, next) >= 0;
    if (isNewest) {
      // Of the newest counter's word; -1 before there was any, for next is 0 then.
      long from = next == 0 ? -1 : (next - 1) >>> 6;
      long to = counter >>> 6;
      if (to - from >= WORDS) {
        Arrays.fill(ring, 0);
      } else {
        for (long word = from + 1; word <= to; word++) {
          ring[(int) (word % WORDS)] = 0;
        }
      }
      next = counter + 1;
    }
    ring[(int) ((counter >>> 6) % WORDS)] |= 1L << (counter & 63);
    return isNewest;
  }
}
