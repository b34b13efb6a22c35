package dev.gatehouse.admin.io;

import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asking plugins that may not be as well-behaved as their contract wants them. */
final class Plugins {

  private static final Logger log = LoggerFactory.getLogger(Plugins.class);

  private Plugins() {}

  /** What the plugin is in the house, as the configuration names it. */
  static String kind(Plugin plugin) {
    return switch (plugin) {
      case TunDevice _ -> "tun";
      case Tunnel _ -> "tunnel";
      case Transport _ -> "transport";
      case AuthorizationStore _ -> "auth-store";
      case Service _ -> "service";
      default -> "stage";
    };
  }

  /** The plugin's health; failing if it cannot even say. */
  static Health health(Plugin plugin) {
    try {
      return plugin.health();
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("plugin cannot tell its health");
      return Health.failing("It cannot tell how it is.");
    }
  }

  /** The plugin's facts; none if it fails to give them. */
  static Map<String, Object> status(Plugin plugin) {
    try {
      return plugin.status();
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("plugin cannot tell its status");
      return Map.of();
    }
  }
}
