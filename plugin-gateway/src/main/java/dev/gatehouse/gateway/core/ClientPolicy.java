package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one client may reach, compiled. Immutable, except for the bucket of ICMP errors, which
 * belongs to the shard of the client's peer.
 */
public final class ClientPolicy {

  private final int handle;
  private final ClientId id;
  private final List<IpAddress> addresses;
  private final boolean hasV4;
  private final boolean hasV6;
  private final long v4Low;
  private final long v6High;
  private final long v6Low;
  private final List<Grant> grants;
  private final RouteTable routesV4;
  private final RouteTable routesV6;
  private final Grant[] internet;
  private final Grant[] dns;
  private final TokenBucket icmpErrors;
  private final ClientNat nat;

  /**
   * Compiles a client's policy.
   *
   * @param handle its peer handle
   * @param client who it is
   * @param grants its authorizations, in any order
   * @param icmpErrors limits the ICMP errors it is sent; carried over from one policy to the next
   * @param nat its address translation; carried over, too
   */
  public ClientPolicy(
      int handle, Client client, List<Grant> grants, TokenBucket icmpErrors, ClientNat nat) {
    this.handle = handle;
    this.id = client.id();
    this.addresses = client.addresses().all();
    var v4 = client.addresses().v4();
    var v6 = client.addresses().v6();
    hasV4 = v4.isPresent();
    hasV6 = v6.isPresent();
    v4Low = v4.map(IpAddress::low).orElse(0L);
    v6High = v6.map(IpAddress::high).orElse(0L);
    v6Low = v6.map(IpAddress::low).orElse(0L);
    this.grants = List.copyOf(grants);
    routesV4 = RouteTable.of(grants, 4);
    routesV6 = RouteTable.of(grants, 6);
    var everywhere = new ArrayList<Grant>();
    for (var grant : grants) {
      if (grant.resource().destination() instanceof Destination.Internet) {
        everywhere.add(grant);
      }
    }
    everywhere.sort(
        Comparator.comparing((Grant grant) -> grant.resource().id(), Comparator.reverseOrder()));
    internet = everywhere.toArray(Grant[]::new);
    dns =
        grants.stream()
            .filter(grant -> grant.resource().destination() instanceof Destination.DnsName)
            .sorted(
                Comparator.comparing(
                    (Grant grant) -> grant.resource().id(), Comparator.reverseOrder()))
            .toArray(Grant[]::new);
    this.icmpErrors = icmpErrors;
    this.nat = nat;
  }

  /** The handle of its peer. */
  public int handle() {
    return handle;
  }

  /** Who it is. */
  public ClientId id() {
    return id;
  }

  /** Its addresses inside the tunnel. */
  public List<IpAddress> addresses() {
    return addresses;
  }

  /** Its authorizations, also those that have expired meanwhile. */
  public List<Grant> grants() {
    return grants;
  }

  /** Its address translation. */
  public ClientNat nat() {
    return nat;
  }

  /** The grants that cover names of the DNS, greatest resource id first. */
  public List<Grant> dns() {
    return List.of(dns);
  }

  /** The active grant for a name that permits a packet, greatest resource id first, or null. */
  @Nullable Grant findDns(
      Translation translation,
      int version,
      int protocol,
      int port,
      boolean portKnown,
      long wallNanos) {
    for (var grant : dns) {
      if (grant.isActiveAt(wallNanos)
          && grant.filter().permits(version, protocol, port, portKnown)
          && translation.isFor(grant)) {
        return grant;
      }
    }
    return null;
  }

  /** Whether any active grant covers a name, whatever its filter says. */
  boolean coversDns(Translation translation, long wallNanos) {
    for (var grant : dns) {
      if (grant.isActiveAt(wallNanos) && translation.isFor(grant)) {
        return true;
      }
    }
    return false;
  }

  /** Limits the ICMP errors it is sent. */
  public TokenBucket icmpErrors() {
    return icmpErrors;
  }

  /** Whether this is its address. */
  boolean owns(int version, long high, long low) {
    return version == 4 ? hasV4 && low == v4Low : hasV6 && high == v6High && low == v6Low;
  }

  RouteTable routes(int version) {
    return version == 4 ? routesV4 : routesV6;
  }

  /** Whether an internet resource is active, whatever its filters say. */
  boolean hasInternet(long wallNanos) {
    for (var grant : internet) {
      if (grant.isActiveAt(wallNanos)) {
        return true;
      }
    }
    return false;
  }

  /** The active internet resource that permits a packet, or null. */
  @Nullable Grant findInternet(
      int version, int protocol, int port, boolean portKnown, long wallNanos) {
    for (var grant : internet) {
      if (grant.isActiveAt(wallNanos)
          && grant.filter().permits(version, protocol, port, portKnown)) {
        return grant;
      }
    }
    return null;
  }

  /** The internet resources, active or not. */
  List<Grant> internet() {
    return List.of(internet);
  }
}
