package dev.gatehouse.network;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.network.io.NetworkStage;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Provides the network set-up of Linux, {@code network}, a stage beside the packet path. */
public final class NetworkProvider implements StageProvider<NetworkConfig> {

  /** For the service loader. */
  public NetworkProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("network");
  }

  @Override
  public String summary() {
    return "Lets Linux pass packets on between the tunnel and the resources.";
  }

  @Override
  public Optional<String> unsupportedBecause() {
    var system = System.getProperty("os.name", "an unknown system");
    return system.toLowerCase(Locale.ROOT).startsWith("linux")
        ? Optional.empty()
        : Optional.of("This plugin sets up Linux, and this machine runs " + system + ".");
  }

  @Override
  public NetworkConfig configure(ConfigReader section) {
    return NetworkConfig.read(section);
  }

  @Override
  public Set<Lane> consumes() {
    return Set.of();
  }

  @Override
  public Plugin create(NetworkConfig config, PluginContext context) {
    return new NetworkStage(config, context);
  }
}
