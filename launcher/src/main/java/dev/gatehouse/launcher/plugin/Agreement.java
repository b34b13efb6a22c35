package dev.gatehouse.launcher.plugin;

import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a plugin is what its descriptor says. */
final class Agreement {

  private Agreement() {}

  /** The plugin, broken if it is not what its descriptor says. */
  static InstalledPlugin checked(InstalledPlugin plugin, PluginDirectory directory) {
    if (!(plugin.state() instanceof State.Usable) || directory.descriptors().isEmpty()) {
      return plugin;
    }
    return differences(plugin, directory).stream()
        .findFirst()
        .map(sentence -> plugin.with(new State.Broken(sentence, Optional.empty())))
        .orElse(plugin);
  }

  private static List<String> differences(InstalledPlugin plugin, PluginDirectory directory) {
    var descriptor =
        directory.descriptors().stream()
            .filter(one -> plugin.id().filter(one.id()::equals).isPresent())
            .findFirst();
    if (descriptor.isEmpty()) {
      return List.of(
          "its module provides the plugin '"
              + plugin.name()
              + "', but its descriptors name "
              + String.join(
                  ", ", directory.descriptors().stream().map(one -> one.id().value()).toList())
              + "; ask its author.");
    }
    var said = descriptor.get();
    var differences = new ArrayList<String>();
    var kind = plugin.kind().map(PluginKind::label).orElse("?");
    if (!kind.equals(said.kind().label())) {
      differences.add(differs("kind", said.kind().label(), kind));
    }
    if (!plugin.summary().equals(said.summary())) {
      differences.add(differs("summary", said.summary(), plugin.summary()));
    }
    said.version()
        .filter(version -> plugin.version().filter(version::equals).isEmpty())
        .ifPresent(version ->
            differences.add(differs("version", version, plugin.version().orElse("none"))));
    return differences;
  }

  private static String differs(String key, String said, String is) {
    return "its descriptor says "
        + key
        + " '"
        + said
        + "', but its module says '"
        + is
        + "'; ask its author.";
  }
}
