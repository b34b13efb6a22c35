package dev.gatehouse.api.spi;

import dev.gatehouse.api.packet.Lane;
import java.util.Set;

/**
 * Provides a stage: the policy between tunnel and device, or something beside the packet path such
 * as an operators' interface. Installed stages run by default, unless the configuration lists some.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface StageProvider<C extends Record> extends PluginProvider<C> {

  /** The lanes the stage consumes; every lane has exactly one consumer. Empty beside the path. */
  Set<Lane> consumes();

  /**
   * Whether the stage runs when the configuration lists none. A stage that makes the program
   * something other than a gateway says no and waits to be listed.
   */
  default boolean runsByDefault() {
    return true;
  }

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  Plugin create(C config, PluginContext context);
}
