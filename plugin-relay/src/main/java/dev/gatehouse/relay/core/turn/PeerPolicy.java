package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import java.util.List;

/**
 * Which peers may be relayed to. Immutable; a new one takes effect with {@link
 * TurnServer#usePolicy}. Asked in this order: denied for ever, our own, {@code allowed}, {@code
 * denied}, private; else allowed.
 *
 * @param privatePeers whether private, shared, documentation and benchmark networks may be peers
 * @param localPeers whether loopback and our own addresses may be peers; for tests, never where
 *     strangers have credentials
 * @param allowed networks that are allowed though denied further down
 * @param denied networks that are denied too
 * @param own every address of this machine, and of services that trust it
 */
public record PeerPolicy(
    boolean privatePeers,
    boolean localPeers,
    List<Cidr> allowed,
    List<Cidr> denied,
    List<IpAddress> own) {

  /** Copies the lists. */
  public PeerPolicy {
    allowed = List.copyOf(allowed);
    denied = List.copyOf(denied);
    own = List.copyOf(own);
  }

  /**
   * What protects this machine and its network.
   *
   * @param own every address of this machine
   */
  public static PeerPolicy defaults(List<IpAddress> own) {
    return new PeerPolicy(false, false, List.of(), List.of(), own);
  }

  /**
   * Whether a peer may be relayed to. The relay's own public addresses are not asked about here.
   *
   * @param high the address as in {@link IpAddress#high()}
   * @param low the lower half
   */
  public boolean allows(long high, long low) {
    return false;
  }
}
