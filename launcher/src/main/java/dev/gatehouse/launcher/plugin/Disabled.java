package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Plugins that are on the list of those not to be loaded. */
final class Disabled {

  private Disabled() {}

  /**
   * The plugins of a directory if all of them are listed, so that nothing of it is loaded; empty if
   * one is not. A directory whose plugins cannot be known goes by its own name.
   */
  static List<InstalledPlugin> whole(Path directory, Set<String> listed) {
    var descriptors = descriptors(directory);
    if (descriptors.isEmpty()) {
      var name = String.valueOf(directory.getFileName());
      return listed.contains(name)
          ? List.of(plugin(id(name), Optional.empty(), "", Optional.empty(), directory))
          : List.of();
    }
    return descriptors.stream().allMatch(one -> listed.contains(one.id().value()))
        ? descriptors.stream()
            .map(one ->
                plugin(
                    Optional.of(one.id()),
                    Optional.of(one.kind()),
                    one.summary(),
                    one.version(),
                    directory))
            .toList()
        : List.of();
  }

  private static List<Descriptor> descriptors(Path directory) {
    try {
      return PluginDirectory.read(directory).descriptors();
    } catch (IOException | RuntimeException e) {
      return List.of(); // whatever is wrong with it, it is not wanted
    }
  }

  private static Optional<PluginId> id(String name) {
    try {
      return Optional.of(new PluginId(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static InstalledPlugin plugin(
      Optional<PluginId> id,
      Optional<PluginKind> kind,
      String summary,
      Optional<String> version,
      Path directory) {
    return new InstalledPlugin(
        id, kind, summary, version, Optional.of(directory), new State.Disabled());
  }

  /** The plugin, disabled if it is listed: one of several in its directory. */
  static InstalledPlugin ifListed(InstalledPlugin plugin, Set<String> listed) {
    return plugin.id().filter(id -> listed.contains(id.value())).isPresent()
        ? plugin.with(new State.Disabled())
        : plugin;
  }
}
