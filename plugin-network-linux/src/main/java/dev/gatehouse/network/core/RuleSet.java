package dev.gatehouse.network.core;

import dev.gatehouse.api.model.Cidr;
import java.util.List;

/**
 * The packet filter rules a gateway needs, whatever program sets them. They live in a table or
 * chains of their own, named after the interface, so that nothing else is touched and several
 * gateways get along.
 *
 * @param device the TUN interface's name
 * @param networks the networks behind it, one per address family at most
 * @param mtu its largest packet in bytes
 * @param masquerade whether packets to resources leave under the machine's own address
 */
public record RuleSet(String device, List<Cidr> networks, int mtu, boolean masquerade) {

  private static final int HEADERS_V4 = 40;
  private static final int HEADERS_V6 = 60;

  /** Copies the list. */
  public RuleSet {
    networks = List.copyOf(networks);
  }

  /** The name of a device's table and chains; at most 25 characters. */
  public static String name(String device) {
    return "gatehouse-" + device;
  }

  /** The name of the table and chains. */
  public String name() {
    return name(device);
  }

  /** The largest TCP segment that fits into a packet of the device. */
  int segment(boolean v4) {
    return mtu - (v4 ? HEADERS_V4 : HEADERS_V6);
  }

  /** Whether there is a network of this family behind the device. */
  public boolean has(boolean v4) {
    return networks.stream().anyMatch(network -> network.address().isV4() == v4);
  }
}
