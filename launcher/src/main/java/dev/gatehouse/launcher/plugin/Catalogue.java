package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All plugins there are.
 *
 * @param plugins usable and others, by name
 * @param searched the directories that were searched
 * @param layers what is open of them
 */
public record Catalogue(List<InstalledPlugin> plugins, List<Path> searched, PluginLayers layers) {

  /** Copies the lists. */
  public Catalogue {
    plugins = List.copyOf(plugins);
    searched = List.copyOf(searched);
  }

  /**
   * Puts together what was found in directories and what the embedding program passes. Of two
   * plugins with the same id, the one passed wins over one found; two found are both unusable,
   * because nobody can say which one was meant.
   */
  public static Catalogue of(
      List<PluginProvider<?>> passed,
      List<InstalledPlugin> found,
      List<Path> searched,
      PluginLayers layers) {
    var all = new ArrayList<InstalledPlugin>();
    for (var provider : passed) {
      all.add(Providers.inspect(provider, Optional.empty(), Optional.empty()));
    }
    var taken = all.stream().flatMap(plugin -> plugin.id().stream()).toList();
    var byId = new HashMap<PluginId, List<InstalledPlugin>>();
    for (var plugin : found) {
      if (plugin.state() instanceof State.Disabled) {
        continue; // takes nobody's id
      }
      plugin.id().ifPresent(id -> byId.computeIfAbsent(id, _ -> new ArrayList<>()).add(plugin));
    }
    for (var plugin : found) {
      if (plugin.id().filter(taken::contains).isPresent()) {
        continue;
      }
      all.add(markIfDuplicate(plugin, byId));
    }
    all.sort(Comparator.comparing(InstalledPlugin::name));
    return new Catalogue(all, searched, layers);
  }

  private static InstalledPlugin markIfDuplicate(
      InstalledPlugin plugin, Map<PluginId, List<InstalledPlugin>> byId) {
    if (plugin.state() instanceof State.Disabled) {
      return plugin;
    }
    var others =
        plugin.id().map(byId::get).orElse(List.of()).stream()
            .filter(other -> !other.equals(plugin))
            .toList();
    return others.isEmpty()
        ? plugin
        : plugin.with(
            new State.Broken(
                "the id is used twice, also in "
                    + others.getFirst().place()
                    + "; remove one of the two directories.",
                Optional.empty()));
  }

  /** All plugins of one kind. */
  public List<InstalledPlugin> of(PluginKind kind) {
    return plugins.stream()
        .filter(plugin -> plugin.kind().filter(kind::equals).isPresent())
        .toList();
  }

  /** Plugins that cannot be loaded and of which no kind is known. */
  public List<InstalledPlugin> ofNoKind() {
    return plugins.stream().filter(plugin -> plugin.kind().isEmpty()).toList();
  }
}
