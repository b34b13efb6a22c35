package dev.gatehouse.api.spi;

/**
 * Provides a service: something that stands on its own feet, such as a relay. It uses no store, no
 * device, no transport and no tunnel of the house, so a house may consist of services alone. In a
 * gateway, services run only where the configuration lists them.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface ServiceProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  Service create(C config, PluginContext context);
}
