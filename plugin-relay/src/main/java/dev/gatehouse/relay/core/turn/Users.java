package dev.gatehouse.relay.core.turn;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who has how many allocations on which server. Safe for any thread. */
final class Users {

  /** An allocation of some server. */
  record Held(int server, long allocation) {}

  /** A user with allocations, or about to get one. */
  static final class User {

    private final String key;
    private final ArrayDeque<Held> held = new ArrayDeque<>();

    /** Bytes this user may send and receive, or null without a cap. */
    final @Nullable Rate bandwidth;

    private User(String key, @Nullable Rate bandwidth) {
      this.key = key;
      this.bandwidth = bandwidth;
    }
  }

  /**
   * What came of asking for one more.
   *
   * @param user null if the quota is used up
   * @param toEvict the allocation to end for it, or null
   */
  record Admission(@Nullable User user, @Nullable Held toEvict) {}

  private final TurnSettings.Quotas quotas;
  private final Map<String, User> users = new HashMap<>();
  private int allocations;

  Users(TurnSettings.Quotas quotas) {
    this.quotas = quotas;
  }

  /** Asks for one more allocation of a user. */
  synchronized Admission admit(String key, Held asking, long nowNanos) {
    var user = users.get(key);
    Held toEvict = null;
    if (user != null && user.held.size() >= quotas.allocationsPerUser()) {
      if (!quotas.replaceOldest()) {
        return new Admission(null, null);
      }
      toEvict = user.held.remove();
      allocations--;
    }
    if (user == null) {
      long cap = quotas.userBytesPerSecond();
      user = new User(key, cap == 0 ? null : Rate.ofBytes(cap, nowNanos));
      users.put(key, user);
    }
    user.held.add(asking);
    allocations++;
    return new Admission(user, toEvict);
  }

  /** Says that an allocation ended. */
  synchronized void release(User user, Held ended) {
    if (user.held.remove(ended)) {
      allocations--;
    }
    if (user.held.isEmpty()) {
      users.remove(user.key, user);
    }
  }

  /** Allocations of all users. */
  synchronized int allocations() {
    return allocations;
  }
}
