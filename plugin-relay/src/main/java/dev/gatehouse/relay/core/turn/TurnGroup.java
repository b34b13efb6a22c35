package dev.gatehouse.relay.core.turn;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the servers of one relay share: ports, users, quotas, the key of the nonces, and who holds
 * which relayed address. Safe for any thread; nothing in it is taken per packet but a look at a
 * table, and an atomic number where bandwidth is capped.
 */
public final class TurnGroup {

  private static final int PORTS = 1 << 16;

  private final TurnSettings settings;
  private final PortPool ports;
  private final Users users;
  private final Reservations reservations;
  private final byte[] nonceKey = new byte[32];

  /** By port: the number of the server plus one, and the index of the allocation; or 0. */
  private final AtomicLongArray owners = new AtomicLongArray(PORTS);

  private volatile PeerPolicy policy;
  private volatile boolean draining;
  private boolean started;
  private long start;
  private @Nullable Rate bandwidth;

  /**
   * A relay.
   *
   * @param settings how it behaves
   * @param policy which peers may be relayed to
   * @param random for the key of nonces; a secure one
   */
  public TurnGroup(TurnSettings settings, PeerPolicy policy, RandomGenerator random) {
    this.settings = settings;
    this.policy = policy;
    ports = new PortPool(settings.lowestPort(), settings.highestPort());
    users = new Users(settings.quotas());
    reservations = new Reservations(ports);
    random.nextBytes(nonceKey);
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

  /** Allocations of all servers, with those being opened. */
  public int allocations() {
    return users.allocations();
  }

  /** Relayed ports nobody has. */
  public int availablePorts() {
    return ports.available();
  }

  /**
   * Stops taking new allocations, for good; they are answered with 508. What exists goes on until
   * its clients let go.
   */
  public void drain() {
    draining = true;
  }

  boolean isDraining() {
    return draining;
  }

  PeerPolicy policy() {
    return policy;
  }

  void policy(PeerPolicy newPolicy) {
    policy = newPolicy;
  }

  PortPool ports() {
    return ports;
  }

  Users users() {
    return users;
  }

  Reservations reservations() {
    return reservations;
  }

  /** Nonces for one server, which agree with those of the others. */
  synchronized Nonces nonces(long nowNanos) {
    if (!started) {
      started = true;
      start = nowNanos;
      long cap = settings.quotas().totalBytesPerSecond();
      bandwidth = cap == 0 ? null : Rate.ofBytes(cap, nowNanos);
    }
    return new Nonces(nonceKey, start, settings.lifetimes().nonce());
  }

  /** Bytes all users together may send and receive, or null without a cap. Fixed once started. */
  synchronized @Nullable Rate bandwidth() {
    return bandwidth;
  }

  /** Whether an address and port belong to an allocation of this relay, or could. */
  boolean isInside(long high, long low, int port) {
    return settings.isRelayAddress(high, low) && ports.covers(port);
  }

  void own(int port, int server, int index) {
    owners.set(port, (server + 1L) << 32 | index);
  }

  /** The server that has a port, or -1. */
  int ownerServer(long owner) {
    return (int) (owner >>> 32) - 1;
  }

  /** Who has a port, to be passed to {@link #ownerServer}; the lower half is the index. */
  long owner(int port) {
    return owners.get(port);
  }

  void giveBack(int port, long nowNanos) {
    owners.set(port, 0);
    ports.give(port, nowNanos);
  }
}
