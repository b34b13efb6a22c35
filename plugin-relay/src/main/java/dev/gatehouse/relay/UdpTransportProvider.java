package dev.gatehouse.relay;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TransportProvider;
import dev.gatehouse.relay.io.UdpTransport;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Provides the transport {@code udp}: sockets of Linux on the gateway's event loops. */
public final class UdpTransportProvider implements TransportProvider<UdpConfig> {

  private static final int SMALLEST_BUFFER = 64 * 1024;
  private static final int LARGEST_BUFFER = 1 << 30;

  /** For {@link java.util.ServiceLoader}. */
  public UdpTransportProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("udp");
  }

  @Override
  public String summary() {
    return "Reaches peers over UDP, IPv4 and IPv6, in trains of datagrams where the kernel can.";
  }

  @Override
  public Optional<String> unsupportedBecause() {
    return whyNotHere();
  }

  static Optional<String> whyNotHere() {
    var system = System.getProperty("os.name", "");
    var machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (!system.equals("Linux")) {
      return Optional.of("It uses sockets of Linux, but this is " + system + ".");
    }
    return machine.equals("amd64") || machine.equals("aarch64")
        ? Optional.empty()
        : Optional.of("It knows the Linux of x86-64 and AArch64, but this is " + machine + ".");
  }

  @Override
  public UdpConfig configure(ConfigReader section) {
    var listen =
        section
            .parsedList("listen", "address with port", Endpoint::parse)
            .describedAs("Where to listen; 0.0.0.0 and [::] stand for all addresses.")
            .must(list -> !list.isEmpty(), "name at least one address with port")
            .must(UdpTransportProvider::distinct, "not name an address with port twice")
            .optional();
    return new UdpConfig(
        listen.orElse(UdpConfig.everywhere(UdpConfig.DEFAULT_PORT)),
        listen.isEmpty(),
        section
            .integer("receive-buffer")
            .describedAs("Bytes the kernel keeps per socket until they are read.")
            .between(SMALLEST_BUFFER, LARGEST_BUFFER)
            .orElse(UdpConfig.DEFAULT_BUFFER),
        section
            .integer("send-buffer")
            .describedAs("Bytes the kernel keeps per socket until they are sent.")
            .between(SMALLEST_BUFFER, LARGEST_BUFFER)
            .orElse(UdpConfig.DEFAULT_BUFFER),
        section
            .flag("offload")
            .describedAs("Let the kernel cut and join trains of datagrams (GSO and GRO).")
            .orElse(true));
  }

  /** Port 0 stands for any free one, so it may stand there more than once. */
  private static boolean distinct(List<Endpoint> list) {
    var fixed = list.stream().filter(one -> one.port() != 0).toList();
    return new HashSet<>(fixed).size() == fixed.size();
  }

  @Override
  public Transport create(UdpConfig config, PluginContext context) {
    return new UdpTransport(config, context);
  }
}
