package dev.gatehouse.api.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The addresses a client or the gateway has inside the tunnel: one IPv4, one IPv6, or both.
 *
 * @param v4 the IPv4 address
 * @param v6 the IPv6 address
 * @since 0.1.0
 */
public record TunnelAddresses(Optional<IpAddress> v4, Optional<IpAddress> v6) {

  /** Checks families and that there is at least one address. */
  public TunnelAddresses {
    if (v4.isEmpty() && v6.isEmpty()) {
      throw new IllegalArgumentException("at least one tunnel address is needed");
    }
    if ((v4.isPresent() && !v4.get().isV4()) || (v6.isPresent() && v6.get().isV4())) {
      throw new IllegalArgumentException("a tunnel address is of the wrong family");
    }
  }

  /** Sorts the addresses by family; of two with the same family the last one counts. */
  public static TunnelAddresses of(List<IpAddress> addresses) {
    Optional<IpAddress> v4 = Optional.empty();
    Optional<IpAddress> v6 = Optional.empty();
    for (var address : addresses) {
      if (address.isV4()) {
        v4 = Optional.of(address);
      } else {
        v6 = Optional.of(address);
      }
    }
    return new TunnelAddresses(v4, v6);
  }

  /** The addresses, IPv4 first. */
  public List<IpAddress> all() {
    var all = new ArrayList<IpAddress>(2);
    v4.ifPresent(all::add);
    v6.ifPresent(all::add);
    return List.copyOf(all);
  }

  /** Whether the address is one of these. */
  public boolean contains(IpAddress address) {
    return address.equals(v4.orElse(null)) || address.equals(v6.orElse(null));
  }
}
