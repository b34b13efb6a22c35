package dev.gatehouse.crypto;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.spi.TunnelProvider;
import dev.gatehouse.crypto.io.WireGuardTunnel;

/** Provides the WireGuard tunnel, in both roles. */
public final class WireGuardProvider implements TunnelProvider<TunnelConfig> {

  /** Does nothing. */
  public WireGuardProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("wireguard");
  }

  @Override
  public String summary() {
    return "The WireGuard tunnel, interoperable with every WireGuard implementation.";
  }

  @Override
  public TunnelConfig configure(ConfigReader section) {
    return TunnelConfig.read(section);
  }

  /** Reads the private key, or makes one where the default file is missing. */
  @Override
  public Tunnel create(TunnelConfig config, PluginContext context) {
    return WireGuardTunnel.create(config, context);
  }
}
