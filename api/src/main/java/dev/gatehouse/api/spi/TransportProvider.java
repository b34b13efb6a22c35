package dev.gatehouse.api.spi;

/**
 * Provides the way datagrams reach peers.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface TransportProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  Transport create(C config, PluginContext context);
}
