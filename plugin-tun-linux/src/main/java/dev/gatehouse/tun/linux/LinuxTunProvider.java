package dev.gatehouse.tun.linux;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.TunProvider;
import dev.gatehouse.tun.linux.io.LinuxTun;
import java.util.Locale;
import java.util.Optional;

/** Provides the TUN device of Linux. */
public final class LinuxTunProvider implements TunProvider<LinuxTunConfig> {

  /** For the service loader. */
  public LinuxTunProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("tun-linux");
  }

  @Override
  public String summary() {
    return "Exchanges packets with the Linux kernel through a TUN interface.";
  }

  @Override
  public Optional<String> unsupportedBecause() {
    var system = System.getProperty("os.name", "an unknown system");
    return system.toLowerCase(Locale.ROOT).startsWith("linux")
        ? Optional.empty()
        : Optional.of("This plugin uses Linux's TUN driver, and this machine runs " + system + ".");
  }

  @Override
  public LinuxTunConfig configure(ConfigReader section) {
    return LinuxTunConfig.read(section);
  }

  @Override
  public TunDevice create(LinuxTunConfig config, PluginContext context) {
    return new LinuxTun(config, context);
  }
}
