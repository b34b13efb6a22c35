package dev.gatehouse.relay.core.turn;

import java.util.HashMap;
import java.util.Map;

/**
 * Ports kept for a second allocation of the same user (RFC 8656, section 14.9). What is not claimed
 * ends after half a minute, or with the allocation it was made for. Safe for any thread.
 */
final class Reservations {

  /** How long a token is good for, in nanoseconds. */
  static final long LIFETIME = 30_000_000_000L;

  private record Reservation(String user, int port, int family, long madeFor, long until) {}

  /**
   * A claimed reservation; port 0 if there was none.
   *
   * @param port the port, still taken in the pool
   * @param family the family of the allocation it was made for
   */
  record Claim(int port, int family) {}

  static final Claim NOTHING = new Claim(0, 0);

  private final PortPool pool;
  private final Map<Long, Reservation> byToken = new HashMap<>();

  Reservations(PortPool pool) {
    this.pool = pool;
  }

  /** Keeps a port that is taken in the pool. */
  synchronized void keep(
      long token, String user, int port, int family, long madeFor, long nowNanos) {
    expire(nowNanos);
    byToken.put(token, new Reservation(user, port, family, madeFor, nowNanos + LIFETIME));
  }

  /** Uses a token up, if this user has it. */
  synchronized Claim claim(long token, String user, long nowNanos) {
    expire(nowNanos);
    var kept = byToken.get(token);
    if (kept == null || !kept.user().equals(user)) {
      return NOTHING;
    }
    byToken.remove(token);
    return new Claim(kept.port(), kept.family());
  }

  /** Ends what was kept for an allocation. */
  synchronized void end(long madeFor, long nowNanos) {
    if (!byToken.isEmpty()) {
      byToken.values().removeIf(kept -> kept.madeFor() == madeFor && giveBack(kept, nowNanos));
    }
  }

  /** Ends what is over. */
  synchronized void expire(long nowNanos) {
    if (!byToken.isEmpty()) {
      byToken.values().removeIf(kept -> nowNanos - kept.until() >= 0 && giveBack(kept, nowNanos));
    }
  }

  private boolean giveBack(Reservation kept, long nowNanos) {
    pool.give(kept.port(), nowNanos);
    return true;
  }
}
