package dev.gatehouse.api.spi;

/**
 * Provides the encrypted tunnel to peers.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface TunnelProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  Tunnel create(C config, PluginContext context);
}
