package dev.gatehouse.api.spi;

import dev.gatehouse.api.store.AuthorizationStore;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Provides the store of clients, resources and authorizations.
 *
 * @param <C> the plugin's configuration
 * @since 0.1.0
 */
public non-sealed interface AuthorizationStoreProvider<C extends Record> extends PluginProvider<C> {

  /**
   * Creates the plugin without opening anything.
   *
   * @throws dev.gatehouse.api.GatehouseException if it can be known already that it will not work
   */
  AuthorizationStore create(C config, PluginContext context);

  /**
   * A store that holds what {@link AuthorizationStore#backup} of this plugin wrote, to be started,
   * read and closed. The backup itself is left as it is. For {@code gatehouse store restore} and
   * {@code export}.
   *
   * @param backup an existing file
   * @param context its state directory is empty and private, and is removed afterwards
   * @return empty if this plugin did not write the file, or cannot do this
   */
  default Optional<AuthorizationStore> openBackup(Path backup, PluginContext context) {
    return Optional.empty();
  }

  /**
   * Puts a closed store's data aside, deleting nothing, so that the next start finds an empty store
   * whose versions go on after all that were given out. Works for damaged data, too. For {@code
   * gatehouse store restore} and {@code migrate}.
   *
   * @return where the data is now, in words; empty if this plugin cannot do this, and then nothing
   *     was changed
   */
  default Optional<String> putAway(C config, PluginContext context) {
    return Optional.empty();
  }
}
