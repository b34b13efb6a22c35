package dev.gatehouse.tun.linux;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The section {@code [tun]}.
 *
 * @param name the interface's name: 1 to 15 characters
 * @param addresses the gateway's addresses, one or two, at most one per address family
 * @param mtu the largest IP packet in bytes, 1280 to 65535
 * @param offload whether to exchange super-packets with the kernel
 * @param queueLength how many packets the kernel keeps while the gateway does not read
 * @param multiQueue whether every shard gets a queue of its own
 */
public record LinuxTunConfig(
    String name,
    List<InterfaceAddress> addresses,
    int mtu,
    boolean offload,
    int queueLength,
    boolean multiQueue) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,15}");

  /** What holds where nothing is configured. */
  public static final LinuxTunConfig DEFAULT =
      new LinuxTunConfig(
          "gatehouse0",
          List.of(
              InterfaceAddress.parse("100.64.0.1/16"), InterfaceAddress.parse("fd00:6a7e::1/64")),
          1420,
          true,
          2000,
          false);

  /** Copies the list. */
  public LinuxTunConfig {
    addresses = List.copyOf(addresses);
  }

  static LinuxTunConfig read(ConfigReader section) {
    return new LinuxTunConfig(
        section
            .text("name")
            .describedAs("Name of the interface.")
            .must(
                LinuxTunConfig::isName,
                "be 1 to 15 letters, digits, '-', '_' or '.', and neither '.' nor '..'")
            .orElse(DEFAULT.name),
        section
            .parsedList("addresses", "address with prefix length", InterfaceAddress::parse)
            .describedAs(
                "The gateway's own addresses inside the tunnel; the prefix names the network"
                    + " behind the interface.")
            .must(
                LinuxTunConfig::oneOfEachFamily,
                "hold one IPv4 address, one IPv6 address, or one of each")
            .orElse(DEFAULT.addresses),
        section
            .integer("mtu")
            .describedAs("Largest IP packet in bytes; 1408 is a little faster than 1420.")
            .between(1280, 65535)
            .orElse(DEFAULT.mtu),
        section
            .flag("offload")
            .describedAs("Exchange TCP and UDP super-packets with the kernel, where it can.")
            .orElse(DEFAULT.offload),
        section
            .integer("queue-length")
            .describedAs("How many packets the kernel keeps while the gateway does not read.")
            .between(16, 100_000)
            .orElse(DEFAULT.queueLength),
        section
            .flag("multi-queue")
            .describedAs("Give every shard a queue of its own.")
            .orElse(DEFAULT.multiQueue));
  }

  private static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.equals(".") && !name.equals("..");
  }

  private static boolean oneOfEachFamily(List<InterfaceAddress> addresses) {
    long v4 = addresses.stream().map(InterfaceAddress::address).filter(IpAddress::isV4).count();
    return !addresses.isEmpty() && v4 <= 1 && addresses.size() - v4 <= 1;
  }
}
