package dev.gatehouse.relay.core.turn;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The ports relayed addresses may have. A port given back rests a minute before its next tenant, so
 * that late datagrams find nobody, unless nothing else is left. Safe for any thread.
 */
final class PortPool {

  /** What {@link #take} gives when every port is taken. */
  static final int NONE = -1;

  private static final long REST = 60_000_000_000L;

  private record Resting(int port, long since) {}

  private final int lowest;
  private final int highest;
  private final int[] free;
  private final int[] placeOf;
  private final BitSet taken = new BitSet();
  private final ArrayDeque<Resting> resting = new ArrayDeque<>();
  private int count;

  PortPool(int lowest, int highest) {
    this.lowest = lowest;
    this.highest = highest;
    count = highest - lowest + 1;
    free = new int[count];
    placeOf = new int[count];
    for (int i = 0; i < count; i++) {
      free[i] = lowest + i;
      placeOf[i] = i;
    }
  }

  /** Whether a port is one of those relayed addresses have, taken or not. */
  boolean covers(int port) {
    return port >= lowest && port <= highest;
  }

  /** A free port, every one as likely as another. */
  synchronized int take(RandomGenerator random, long nowNanos) {
    wake(nowNanos, count == 0);
    return count == 0 ? NONE : use(free[random.nextInt(count)]);
  }

  /**
   * A free even port.
   *
   * @param withNext whether the next higher port must be free, too, and is taken with it
   */
  synchronized int takeEven(boolean withNext, RandomGenerator random, long nowNanos) {
    wake(nowNanos, false);
    int port = even(withNext, random);
    if (port == NONE && !resting.isEmpty()) {
      wake(nowNanos, true);
      port = even(withNext, random);
    }
    if (port != NONE && withNext) {
      use(port + 1);
    }
    return port == NONE ? NONE : use(port);
  }

  /** Takes back a port that was taken. */
  synchronized void give(int port, long nowNanos) {
    if (taken.get(port)) {
      taken.clear(port);
      resting.add(new Resting(port, nowNanos));
    }
  }

  /** How many ports are not taken. */
  synchronized int available() {
    return count + resting.size();
  }

  private int even(boolean withNext, RandomGenerator random) {
    if (count == 0) {
      return NONE;
    }
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = free[(start + i) % count];
      if ((port & 1) == 0 && (!withNext || isFree(port + 1))) {
        return port;
      }
    }
    return NONE;
  }

  private boolean isFree(int port) {
    return covers(port) && placeOf[port - lowest] >= 0;
  }

  private int use(int port) {
    int place = placeOf[port - lowest];
    int last = free[--count];
    free[place] = last;
    placeOf[last - lowest] = place;
    placeOf[port - lowest] = -1;
    taken.set(port);
    return port;
  }

  private void wake(long nowNanos, boolean all) {
    while (!resting.isEmpty() && (all || nowNanos - resting.peek().since() >= REST)) {
      int port = resting.remove().port();
      placeOf[port - lowest] = count;
      free[count++] = port;
    }
  }
}
