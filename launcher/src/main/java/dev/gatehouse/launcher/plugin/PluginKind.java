package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.ServiceProvider;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.api.spi.TransportProvider;
import dev.gatehouse.api.spi.TunProvider;
import dev.gatehouse.api.spi.TunnelProvider;
import java.util.Set;

/** The ways to extend the gateway. */
public enum PluginKind {
  /** Keeps clients, resources and authorizations. */
  AUTH_STORE("auth-store", AuthorizationStoreProvider.class),
  /** The device towards this machine's network. */
  TUN("tun", TunProvider.class),
  /** The way datagrams reach peers. */
  TRANSPORT("transport", TransportProvider.class),
  /** The encryption. */
  TUNNEL("tunnel", TunnelProvider.class),
  /** Policy and what stands beside the packet path; any number. */
  STAGE("stage", StageProvider.class),
  /** What stands on its own, such as a relay; any number. */
  SERVICE("service", ServiceProvider.class);

  private final String label;
  private final Class<?> service;

  PluginKind(String label, Class<?> service) {
    this.label = label;
    this.service = service;
  }

  /** The name used in the configuration and in messages. */
  public String label() {
    return label;
  }

  /** The key that selects a plugin of this kind. */
  public String key() {
    return isMany() ? "plugins." + label + "s" : "plugins." + label;
  }

  /** Whether there may be any number of them, each with a section named after its id. */
  public boolean isMany() {
    return this == STAGE || this == SERVICE;
  }

  /** The service interface a module provides. */
  public Class<?> service() {
    return service;
  }

  /** The lanes every plugin of this kind consumes. */
  public Set<Lane> lanes() {
    return switch (this) {
      case TUN -> Set.of(Lane.TO_TUN);
      case TRANSPORT -> Set.of(Lane.TO_NETWORK);
      case TUNNEL -> Set.of(Lane.TO_TUNNEL, Lane.FROM_NETWORK);
      case AUTH_STORE, STAGE, SERVICE -> Set.of();
    };
  }

  /** What kind a provider is. */
  public static PluginKind of(PluginProvider<?> provider) {
    return switch (provider) {
      case AuthorizationStoreProvider<?> _ -> AUTH_STORE;
      case TunProvider<?> _ -> TUN;
      case TransportProvider<?> _ -> TRANSPORT;
      case TunnelProvider<?> _ -> TUNNEL;
      case StageProvider<?> _ -> STAGE;
      case ServiceProvider<?> _ -> SERVICE;
    };
  }
}
