package dev.gatehouse.api.spi;

import dev.gatehouse.api.config.ConfigReader;
import java.util.Optional;

/**
 * A way to extend the gateway. The permitted subtypes are all the ways there are; each is free to
 * be implemented by anyone. A provider is created by {@link java.util.ServiceLoader}: it has a
 * public constructor without parameters, which does nothing.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public sealed interface PluginProvider<C extends Record>
    permits AuthorizationStoreProvider,
        ServiceProvider,
        StageProvider,
        TransportProvider,
        TunProvider,
        TunnelProvider {

  /** The id, unique among installed plugins. */
  PluginId id();

  /** One sentence for {@code gatehouse plugins}. */
  String summary();

  /** Why the plugin cannot work on this machine, as one sentence; empty if it can. Cheap. */
  default Optional<String> unsupportedBecause() {
    return Optional.empty();
  }

  /**
   * Reads the plugin's section. Opens nothing; called by {@code gatehouse check}, too.
   *
   * @return a complete configuration, whatever the section holds; problems go to the reader
   */
  C configure(ConfigReader section);
}
