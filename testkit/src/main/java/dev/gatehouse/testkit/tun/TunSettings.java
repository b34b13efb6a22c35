package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.InterfaceAddress;
import java.util.Arrays;
import java.util.List;

/**
 * What the kit wants a device to be.
 *
 * @param name the interface's name
 * @param addresses its addresses, one of each family
 * @param mtu its MTU in bytes
 * @since 0.1.0
 */
public record TunSettings(String name, List<InterfaceAddress> addresses, int mtu) {

  /** Copies the list. */
  public TunSettings {
    addresses = List.copyOf(addresses);
  }

  static TunSettings of(String name, String... addresses) {
    return new TunSettings(
        name, Arrays.stream(addresses).map(InterfaceAddress::parse).toList(), 1420);
  }
}
