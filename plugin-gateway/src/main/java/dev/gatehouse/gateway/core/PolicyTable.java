package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything the packet path knows at one version of the store. Lookups allocate nothing.
 * Immutable: a change makes a new table.
 */
public final class PolicyTable {

  /** Stands for an address the gateway does not have: all ones is multicast, never its own. */
  private static final long NOBODY = -1L;

  private final long gatewayV4High;
  private final long gatewayV4Low;
  private final long gatewayV6High;
  private final long gatewayV6Low;
  private final Networks networks;
  private final Networks proxies;
  private final long version;
  private final int size;
  private final @Nullable ClientPolicy[] byHandle;
  private final @Nullable ClientPolicy[] byAddress;
  private final long[] addressHigh;
  private final long[] addressLow;

  /**
   * What does not change while the gateway runs.
   *
   * @param gateway the gateway's own addresses inside the tunnel
   * @param networks the networks clients' addresses are from
   * @param proxies the networks from which addresses stand for names of the DNS
   * @param salt a secret number
   */
  public record Surroundings(
      TunnelAddresses gateway, List<Cidr> networks, List<Cidr> proxies, long salt) {

    /** Copies the lists. */
    public Surroundings {
      networks = List.copyOf(networks);
      proxies = List.copyOf(proxies);
    }

    /** Without proxy addresses. */
    public Surroundings(TunnelAddresses gateway, List<Cidr> networks) {
      this(gateway, networks, List.of(), 0);
    }
  }

  /**
   * Indexes policies.
   *
   * @param surroundings the gateway's own addresses and networks
   * @param version the store's version they were compiled from
   * @param clients the policies, one per client
   */
  public PolicyTable(Surroundings surroundings, long version, Collection<ClientPolicy> clients) {
    this.version = version;
    var v4 = surroundings.gateway().v4();
    var v6 = surroundings.gateway().v6();
    gatewayV4High = v4.map(IpAddress::high).orElse(NOBODY);
    gatewayV4Low = v4.map(IpAddress::low).orElse(NOBODY);
    gatewayV6High = v6.map(IpAddress::high).orElse(NOBODY);
    gatewayV6Low = v6.map(IpAddress::low).orElse(NOBODY);
    networks = new Networks(surroundings.networks());
    proxies = new Networks(surroundings.proxies());
    this.size = clients.size();
    byHandle = new @Nullable ClientPolicy[tableSize(size)];
    byAddress = new @Nullable ClientPolicy[tableSize(2 * size)];
    addressHigh = new long[byAddress.length];
    addressLow = new long[byAddress.length];
    for (var client : clients) {
      int at = spread(client.handle()) & (byHandle.length - 1);
      while (byHandle[at] != null) {
        at = (at + 1) & (byHandle.length - 1);
      }
      byHandle[at] = client;
      for (var address : client.addresses()) {
        index(address, client);
      }
    }
  }

  private void index(IpAddress address, ClientPolicy client) {
    int at = slot(address.high(), address.low());
    while (byAddress[at] != null) {
      at = (at + 1) & (byAddress.length - 1);
    }
    byAddress[at] = client;
    addressHigh[at] = address.high();
    addressLow[at] = address.low();
  }

  private static int tableSize(int entries) {
    return Integer.highestOneBit(Math.max(4, entries * 2)) * 2;
  }

  private static int spread(int value) {
    int mixed = value * 0x9e37_79b9;
    return mixed ^ (mixed >>> 16);
  }

  private int slot(long high, long low) {
    return spread(Long.hashCode(high * 31 + low)) & (byAddress.length - 1);
  }

  /** The policy of the peer with this handle, or null. */
  public @Nullable ClientPolicy byHandle(int handle) {
    int at = spread(handle) & (byHandle.length - 1);
    while (true) {
      var client = byHandle[at];
      if (client == null || client.handle() == handle) {
        return client;
      }
      at = (at + 1) & (byHandle.length - 1);
    }
  }

  /** The policy of the client with this address inside the tunnel, or null. */
  public @Nullable ClientPolicy byAddress(long high, long low) {
    int at = slot(high, low);
    while (true) {
      var client = byAddress[at];
      if (client == null || (addressHigh[at] == high && addressLow[at] == low)) {
        return client;
      }
      at = (at + 1) & (byAddress.length - 1);
    }
  }

  /** The policy of a client, searched for. Not for the packet path. */
  public Optional<ClientPolicy> byId(ClientId id) {
    for (var client : byHandle) {
      if (client != null && client.id().equals(id)) {
        return Optional.of(client);
      }
    }
    return Optional.empty();
  }

  /** Whether this is the gateway's own address. */
  boolean isGateway(long high, long low) {
    return (low == gatewayV4Low && high == gatewayV4High)
        || (low == gatewayV6Low && high == gatewayV6High);
  }

  /** Whether the address is one of the tunnel's: in its networks, or some client's. */
  boolean isInside(long high, long low) {
    return networks.contain(high, low) || byAddress(high, low) != null;
  }

  /** Whether the address is one that stands for names of the DNS. */
  boolean isProxy(long high, long low) {
    return proxies.contain(high, low);
  }

  /** How many translated sessions clients have, roughly. Not for the packet path. */
  public int sessions() {
    int sessions = 0;
    for (var client : byHandle) {
      sessions += client == null ? 0 : client.nat().sessions();
    }
    return sessions;
  }

  /** The store's version the table was compiled from. */
  public long version() {
    return version;
  }

  /** How many clients there are. */
  public int size() {
    return size;
  }
}
