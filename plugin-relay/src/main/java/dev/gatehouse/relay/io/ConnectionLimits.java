package dev.gatehouse.relay.io;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections there are, altogether and per source prefix. It remembers prefixes with a
 * connection only, so its size is bounded by their number. Any thread.
 */
final class ConnectionLimits {

  private final int most;
  private final int mostPerPrefix;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<Long, Integer> perPrefix = new ConcurrentHashMap<>();

  ConnectionLimits(int most, int mostPerPrefix) {
    this.most = most;
    this.mostPerPrefix = mostPerPrefix;
  }

  /** Takes a place for a connection; false if there is none. */
  boolean admit(long high, long low) {
    if (total.incrementAndGet() > most) {
      total.decrementAndGet();
      return false;
    }
    int now = perPrefix.merge(prefix(high, low), 1, Integer::sum);
    if (now > mostPerPrefix) {
      leave(high, low);
      return false;
    }
    return true;
  }

  /** Gives the place back. */
  void leave(long high, long low) {
    total.decrementAndGet();
    perPrefix.computeIfPresent(
        prefix(high, low), (prefix, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
  }

  /** Whether there is no place for anybody. */
  boolean isFull() {
    return total.get() >= most;
  }

  int connections() {
    return total.get();
  }

  /** /24 of IPv4, /56 of IPv6; the two never meet, because no IPv6 network begins with 0. */
  private static long prefix(long high, long low) {
    return high == 0 ? (low & 0xffff_ffffL) >>> 8 : high >>> 8 << 8;
  }
}
