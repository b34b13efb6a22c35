package dev.gatehouse.tun.windows;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.tun.windows.core.LibraryPin;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The section {@code [tun]}.
 *
 * @param name the adapter's name, 1 to 127 characters
 * @param addresses the gateway's addresses, one or two, at most one per address family
 * @param mtu the largest IP packet in bytes, 1280 to 65535
 * @param metric the interface's metric, 0 to 9999; routes with the lowest sum are taken
 * @param routes further networks that lie behind the adapter
 * @param ringCapacity bytes of each of the two rings, a power of two from 128 KiB to 64 MiB
 * @param library the driver's library; empty for {@code wintun.dll} beside the plugin
 * @param librarySha256 what the library's content must be, in hexadecimal
 * @param deleteDriver whether the driver is removed with the adapter, unless others use it
 */
public record WindowsTunConfig(
    String name,
    List<InterfaceAddress> addresses,
    int mtu,
    int metric,
    List<Cidr> routes,
    int ringCapacity,
    Optional<Path> library,
    Optional<String> librarySha256,
    boolean deleteDriver) {

  /** The smallest ring the driver makes. */
  public static final int SMALLEST_RING = 128 * 1024;

  /** The largest ring the driver makes. */
  public static final int LARGEST_RING = 64 * 1024 * 1024;

  private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}\\\\/:*?\"<>|]{1,127}");

  /** What holds where nothing is configured. */
  public static final WindowsTunConfig DEFAULT =
      new WindowsTunConfig(
          "gatehouse0",
          List.of(
              InterfaceAddress.parse("100.64.0.1/16"), InterfaceAddress.parse("fd00:6a7e::1/64")),
          1420,
          5,
          List.of(),
          8 * 1024 * 1024,
          Optional.empty(),
          Optional.empty(),
          false);

  /** Copies the lists. */
  public WindowsTunConfig {
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
  }

  static WindowsTunConfig read(ConfigReader section) {
    return new WindowsTunConfig(
        section
            .text("name")
            .describedAs("Name of the adapter.")
            .must(
                name -> name.length() < 128 && NAME.matcher(name).matches(),
                "be 1 to 127 characters without any of \\ / : * ? \" < > |")
            .orElse(DEFAULT.name),
        section
            .parsedList("addresses", "address with prefix length", InterfaceAddress::parse)
            .describedAs(
                "The gateway's own addresses inside the tunnel; the prefix names the network"
                    + " behind the interface.")
            .must(
                WindowsTunConfig::oneOfEachFamily,
                "hold one IPv4 address, one IPv6 address, or one of each")
            .orElse(DEFAULT.addresses),
        section
            .integer("mtu")
            .describedAs("Largest IP packet in bytes.")
            .between(1280, 65535)
            .orElse(DEFAULT.mtu),
        section
            .integer("metric")
            .describedAs("Metric of the interface; of two routes Windows takes the smaller sum.")
            .between(0, 9999)
            .orElse(DEFAULT.metric),
        section
            .parsedList("routes", "network", Cidr::parse)
            .describedAs("Networks behind the interface besides those of its addresses.")
            .orElse(DEFAULT.routes),
        section
            .integer("ring-capacity")
            .describedAs("Bytes of each of the driver's two rings.")
            .between(SMALLEST_RING, LARGEST_RING)
            .must(bytes -> Integer.bitCount(bytes) == 1, "be a power of two")
            .orElse(DEFAULT.ringCapacity),
        section
            .path("library")
            .describedAs("The Wintun library; wintun.dll beside the plugin if not set.")
            .optional(),
        section
            .text("library-sha256")
            .describedAs("SHA-256 of the Wintun library; another file is not loaded.")
            .must(LibraryPin::isSha256, "be 64 hexadecimal digits")
            .optional(),
        section
            .flag("delete-driver")
            .describedAs(
                "Remove the Wintun driver when the gateway stops, unless another program uses it.")
            .orElse(DEFAULT.deleteDriver));
  }

  private static boolean oneOfEachFamily(List<InterfaceAddress> addresses) {
    long v4 = addresses.stream().map(InterfaceAddress::address).filter(IpAddress::isV4).count();
    return !addresses.isEmpty() && v4 <= 1 && addresses.size() - v4 <= 1;
  }
}
