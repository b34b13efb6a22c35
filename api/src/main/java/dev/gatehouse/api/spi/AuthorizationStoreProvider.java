package dev.gatehouse.api.spi;

import dev.gatehouse.api.store.AuthorizationStore;

/**
 * Provides the store of clients, resources and authorizations.
 *
 * @param <C> the plugin's configuration
 */
public non-sealed interface AuthorizationStoreProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  AuthorizationStore create(C config, PluginContext context);
}
