package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where clients are told to find the gateway.
 *
 * @param text host and port
 * @param guessed whether it is one of several addresses of this machine
 */
record EndpointChoice(String text, boolean guessed) {

  /**
   * What an operator named: a host name or address, with a port or without.
   *
   * @param port the port if none was named
   * @throws GatehouseException if it is neither
   */
  static EndpointChoice named(String endpoint, int port) {
    var matcher =
        java.util.regex.Pattern.compile(
                "(\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z._-]{1,253})(:[0-9]{1,5})?")
            .matcher(endpoint);
    if (!matcher.matches()) {
      throw invalid(endpoint);
    }
    var host = matcher.group(1);
    if (host.startsWith("[")) {
      IpAddress.parse(host.substring(1, host.length() - 1));
    }
    int chosen = matcher.group(2) == null ? port : Integer.parseInt(matcher.group(2).substring(1));
    if (chosen < 1 || chosen > 65535) {
      throw invalid(endpoint);
    }
    return new EndpointChoice(host + ":" + chosen, false);
  }

  /**
   * The first address the gateway listens on; where it listens on all of them, the best of this
   * machine's.
   *
   * @param local this machine's addresses
   * @param tunnel the tunnel's networks, whose addresses lead nowhere from outside
   */
  static EndpointChoice found(List<Endpoint> listening, List<IpAddress> local, List<Cidr> tunnel) {
    for (var endpoint : listening) {
      if (!endpoint.address().isUnspecified()) {
        return new EndpointChoice(endpoint.toString(), false);
      }
    }
    return best(listening, local, tunnel)
        .map(endpoint -> new EndpointChoice(endpoint.toString(), true))
        .orElseThrow(() ->
            new GatehouseException(
                StandardErrorCode.REQUEST_INVALID,
                "It is not known under which address clients reach this gateway.",
                "Say it with --endpoint HOST:PORT."));
  }

  private static Optional<Endpoint> best(
      List<Endpoint> listening, List<IpAddress> local, List<Cidr> tunnel) {
    for (var endpoint : listening) {
      for (var address : local) {
        if (address.isV4() == endpoint.address().isV4()
            && tunnel.stream().noneMatch(network -> network.contains(address))) {
          return Optional.of(new Endpoint(address, endpoint.port()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The addresses of this machine that others may reach, in the order of the interfaces.
   *
   * @param tunnelInterface the interface to leave out
   */
  static List<IpAddress> localAddresses(String tunnelInterface) {
    var found = new ArrayList<IpAddress>();
    try {
      for (var device : NetworkInterface.networkInterfaces().toList()) {
        if (device.isUp() && !device.isLoopback() && !device.getName().equals(tunnelInterface)) {
          device
              .inetAddresses()
              .filter(a -> !a.isLinkLocalAddress() && !a.isLoopbackAddress())
              .forEach(a -> found.add(IpAddress.of(a.getAddress())));
        }
      }
    } catch (SocketException e) {
      return List.of(); // then the operator is asked
    }
    return found;
  }

  private static GatehouseException invalid(String endpoint) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "'" + endpoint.replaceAll("\\p{Cntrl}", "?") + "' is not a host with a port.",
        "Write vpn.example.com:51820, 192.0.2.1:51820 or [2001:db8::1]:51820.");
  }
}
