package dev.gatehouse.tun.windows;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.TunProvider;
import dev.gatehouse.tun.windows.io.LibraryFile;
import dev.gatehouse.tun.windows.io.WindowsTun;
import java.util.Locale;
import java.util.Optional;

/** Provides the TUN device of Windows. */
public final class WindowsTunProvider implements TunProvider<WindowsTunConfig> {

  /** For the service loader. */
  public WindowsTunProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("tun-windows");
  }

  @Override
  public String summary() {
    return "Exchanges packets with Windows through the Wintun driver (never run on Windows).";
  }

  @Override
  public Optional<String> unsupportedBecause() {
    return unsupportedBecause(
        System.getProperty("os.name", "an unknown system"), System.getProperty("os.arch", ""));
  }

  static Optional<String> unsupportedBecause(String system, String processor) {
    if (!system.toLowerCase(Locale.ROOT).startsWith("windows")) {
      return Optional.of(
          "This plugin uses the Wintun driver of Windows, and this machine runs " + system + ".");
    }
    return processor.contains("64")
        ? Optional.empty()
        : Optional.of("This plugin needs 64-bit Windows, and this JVM is for " + processor + ".");
  }

  @Override
  public WindowsTunConfig configure(ConfigReader section) {
    return WindowsTunConfig.read(section);
  }

  @Override
  public TunDevice create(WindowsTunConfig config, PluginContext context) {
    return new WindowsTun(config, context, () -> LibraryFile.load(config));
  }
}
