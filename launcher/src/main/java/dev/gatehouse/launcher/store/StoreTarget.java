package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.Plan;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where a migration goes. */
final class StoreTarget {

  private StoreTarget() {}

  /** The configuration of a plugin with default settings. */
  static ConfigSource ofPlugin(String id, Plan here) {
    var known =
        here.catalogue().of(PluginKind.AUTH_STORE).stream()
            .flatMap(plugin -> plugin.id().stream())
            .map(Object::toString)
            .sorted()
            .toList();
    if (!known.contains(id)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "There is neither a configuration file nor a store plugin '" + id + "'.",
          "Name a configuration whose [plugins] and [auth-store] describe the new store, or one of: "
              + String.join(", ", known)
              + ".");
    }
    var plugins = new LinkedHashMap<String, Object>();
    plugins.put(PluginKind.AUTH_STORE.label(), id);
    here.core()
        .plugins()
        .directory()
        .ifPresent(directory -> plugins.put("directory", directory.toString()));
    return new ConfigSource(
        "the default settings of plugin '" + id + "'",
        here.source().baseDirectory(),
        Map.of("plugins", plugins));
  }

  /** Refuses to copy a store onto itself. */
  static void mustDiffer(Plan from, Plan to) {
    var one = Workplace.selected(from);
    var other = Workplace.selected(to);
    if (one.id().equals(other.id())
        // Each plan has loaded the plugin for itself, so their records are of different classes.
        && one.config().toString().equals(other.config().toString())
        && from.core()
            .stateDirectory()
            .toAbsolutePath()
            .normalize()
            .equals(to.core().stateDirectory().toAbsolutePath().normalize())) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "Source and target are the same store.",
          "Name another configuration with --to.");
    }
  }
}
