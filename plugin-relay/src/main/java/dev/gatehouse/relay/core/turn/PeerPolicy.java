package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Embedded;
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

  private static final List<Cidr> LOOPBACK = networks("127.0.0.0/8", "::1/128");

  /** Denied whatever is configured. Metadata services of clouds are among them. */
  private static final List<Cidr> FOR_EVER =
      networks(
          "0.0.0.0/8",
          "169.254.0.0/16",
          "168.63.129.16/32",
          "100.100.100.200/32",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "::/128",
          "fe80::/10",
          "fec0::/10",
          "ff00::/8",
          "100::/64",
          "fd00:ec2::/32");

  private static final List<Cidr> PRIVATE =
      networks(
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "fc00::/7",
          "2001:2::/48",
          "2001:db8::/32",
          "3fff::/20");

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
    var address = new IpAddress(high, low);
    if (!address.isV4() && !allowsV6(high, low)) {
      return false;
    }
    if (in(FOR_EVER, address)
        || (!localPeers && (in(LOOPBACK, address) || own.contains(address)))) {
      return false;
    }
    if (in(allowed, address)) {
      return true;
    }
    return !in(denied, address) && (privatePeers || localPeers(address) || !in(PRIVATE, address));
  }

  private boolean localPeers(IpAddress address) {
    return localPeers && own.contains(address);
  }

  private boolean allowsV6(long high, long low) {
    if (localPeers && high == 0 && low == 1) {
      return true;
    }
    long inside = Embedded.v4(high, low);
    return !Embedded.isTransition(high, low)
        && (inside == Embedded.NONE || allows(0, 0xffff_0000_0000L | inside));
  }

  private static boolean in(List<Cidr> networks, IpAddress address) {
    for (var network : networks) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static List<Cidr> networks(String... texts) {
    return List.of(texts).stream().map(Cidr::parse).toList();
  }
}
