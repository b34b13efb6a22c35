package dev.gatehouse.api.spi;

/**
 * Provides the device through which packets reach this machine's network.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface TunProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  TunDevice create(C config, PluginContext context);
}
