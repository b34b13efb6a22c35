package dev.gatehouse.admin.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which tunnel addresses clients may have: those of the tunnel's networks without the gateway's
 * own, without the first address of a network (RFC 4291 §2.6.1 gives it to routers in IPv6) and
 * without the last of an IPv4 network, its broadcast address. Networks of one or two addresses have
 * neither (RFC 3021, RFC 6164).
 *
 * @param networks the tunnel's networks
 * @param gateway the gateway's addresses
 */
public record AddressPlan(List<Cidr> networks, TunnelAddresses gateway) {

  /**
   * The lowest free address of every network.
   *
   * @param taken the addresses other clients have
   * @throws GatehouseException if a network is full
   */
  public TunnelAddresses lowestFree(Set<IpAddress> taken) {
    var chosen = new ArrayList<IpAddress>(networks.size());
    for (var network : networks) {
      chosen.add(lowestFree(network, taken));
    }
    if (chosen.isEmpty()) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The gateway has no tunnel network to take an address from.",
          "Name the client's addresses in the request, or set [tun] addresses with a prefix"
              + " length.");
    }
    return TunnelAddresses.of(chosen);
  }

  /**
   * Checks addresses that someone else chose.
   *
   * @throws GatehouseException if one of them cannot work
   */
  public TunnelAddresses checked(List<IpAddress> addresses) {
    for (var address : addresses) {
      if (addresses.stream().filter(other -> other.isV4() == address.isV4()).count() > 1) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "A client has at most one IPv4 and one IPv6 address.",
            "Leave one of the addresses out.");
      }
      if (networks.stream().noneMatch(network -> isUsable(network, address))) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "The address " + address + " cannot be given to a client.",
            "Choose a free one in " + networkNames() + ", or none to get the next free one.");
      }
    }
    return TunnelAddresses.of(addresses);
  }

  private IpAddress lowestFree(Cidr network, Set<IpAddress> taken) {
    var candidate = network.address();
    // At most one step per taken address, plus the gateway's, the first and the last one.
    for (long steps = 0; steps <= taken.size() + 3L && network.contains(candidate); steps++) {
      if (isUsable(network, candidate) && !taken.contains(candidate)) {
        return candidate;
      }
      candidate = next(candidate);
    }
    throw new GatehouseException(
        StandardErrorCode.CONFLICT,
        "The tunnel network " + network + " has no free address left.",
        "Remove clients that are no longer needed, or give the gateway a larger network in"
            + " [tun].");
  }

  private boolean isUsable(Cidr network, IpAddress address) {
    if (!network.contains(address) || gateway.contains(address)) {
      return false;
    }
    int hostBits = network.address().bits() - network.prefixLength();
    if (hostBits <= 1) {
      return true;
    }
    return !address.equals(network.address())
        && !(address.isV4() && !network.contains(next(address)));
  }

  private String networkNames() {
    return String.join(" or ", networks.stream().map(Cidr::toString).toList());
  }

  /** The next address; after the last one of a family, one that is in no network of it. */
  private static IpAddress next(IpAddress address) {
    long low = address.low() + 1;
    return new IpAddress(low == 0 ? address.high() + 1 : address.high(), low);
  }
}
