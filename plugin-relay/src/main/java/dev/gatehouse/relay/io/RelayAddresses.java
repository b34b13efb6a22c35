package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.RelayConfig;
import dev.gatehouse.relay.core.turn.PeerPolicy;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the relay.
 *
 * @param visibleV4 what peers see; null if IPv4 is not relayed
 * @param visibleV6 what peers see; null if IPv6 is not relayed
 * @param boundV4 what relayed sockets are bound to; null if there is no visible one
 * @param boundV6 what relayed sockets are bound to; null if there is no visible one
 * @param own every address of this machine
 */
record RelayAddresses(
    @Nullable IpAddress visibleV4,
    @Nullable IpAddress visibleV6,
    @Nullable IpAddress boundV4,
    @Nullable IpAddress boundV6,
    List<IpAddress> own) {

  private static final IpAddress ALL_V4 = IpAddress.v4(0);
  private static final IpAddress ALL_V6 = new IpAddress(0, 0);

  /**
   * Finds out.
   *
   * @throws GatehouseException if no address is visible
   */
  static RelayAddresses of(RelayConfig config) {
    var own = ofThisMachine();
    var visible = config.addresses().visible();
    if (visible.isEmpty()) {
      visible = guessed(config, own);
    }
    var v4 = first(visible, IpAddress::isV4);
    var v6 = first(visible, address -> !address.isV4());
    if (v4 == null && v6 == null) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The relay does not know its public address, because this machine has none itself.",
          "Set public-addresses in [relay] to how peers reach this machine, or use"
              + " --public-address.");
    }
    return new RelayAddresses(
        v4,
        v6,
        bound(v4, first(config.addresses().bound(), IpAddress::isV4), own, ALL_V4),
        bound(v6, first(config.addresses().bound(), a -> !a.isV4()), own, ALL_V6),
        own);
  }

  /** What was listened on by name, and else the machine's addresses, if they are public. */
  private static List<IpAddress> guessed(RelayConfig config, List<IpAddress> own) {
    var named =
        config.listening().plain().stream()
            .map(Endpoint::address)
            .filter(address -> !address.isUnspecified())
            .toList();
    if (!named.isEmpty()) {
      return named;
    }
    var policy = new PeerPolicy(false, false, List.of(), List.of(), List.of());
    return own.stream().filter(address -> policy.allows(address.high(), address.low())).toList();
  }

  private static @Nullable IpAddress bound(
      @Nullable IpAddress visible, @Nullable IpAddress wanted, List<IpAddress> own, IpAddress all) {
    if (visible == null) {
      return null;
    }
    if (wanted != null) {
      return wanted;
    }
    return own.contains(visible) ? visible : all;
  }

  private static @Nullable IpAddress first(List<IpAddress> list, Predicate<IpAddress> test) {
    return list.stream().filter(test).findFirst().orElse(null);
  }

  /** Every address of this machine. */
  static List<IpAddress> ofThisMachine() {
    var own = new ArrayList<IpAddress>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .map(InetAddress::getAddress)
          .map(IpAddress::of)
          .forEach(own::add);
    } catch (SocketException e) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The addresses of this machine cannot be read: " + e.getMessage() + ".",
          "Without them the relay cannot protect the machine; check its network.",
          e);
    }
    return own;
  }
}
