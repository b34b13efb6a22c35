package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.launcher.config.Nearest;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Chooses plugins from a catalogue. */
public final class Selector {

  private static final String PREFERRED_STORE = "sqlite";

  private final Catalogue catalogue;

  /** Chooses from this catalogue. */
  public Selector(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Finds the one plugin of a kind.
   *
   * @param wanted the configured id; empty to take the only one that works here
   */
  public Resolution one(PluginKind kind, Optional<PluginId> wanted) {
    return wanted.map(id -> byId(kind, id)).orElseGet(() -> byDefault(kind));
  }

  /**
   * Finds the stages.
   *
   * @param wanted the configured ids; empty to take all that work here and run by default
   */
  public List<Resolution> stages(Optional<List<PluginId>> wanted) {
    return wanted
        .map(ids -> ids.stream().map(id -> byId(PluginKind.STAGE, id)).toList())
        .orElseGet(() ->
            usable(PluginKind.STAGE).stream()
                .filter(Selector::runsByDefault)
                .<Resolution>map(plugin -> new Resolution.Selected(PluginKind.STAGE, plugin))
                .toList());
  }

  /** Finds the services with these ids. */
  public List<Resolution> services(List<PluginId> wanted) {
    return wanted.stream().map(id -> byId(PluginKind.SERVICE, id)).toList();
  }

  private static boolean runsByDefault(InstalledPlugin plugin) {
    try {
      return !(plugin.provider().orElse(null) instanceof StageProvider<?> stage)
          || stage.runsByDefault();
    } catch (RuntimeException | LinkageError e) {
      return true; // it fails again, and is told, when it is asked for its configuration
    }
  }

  private Resolution byId(PluginKind kind, PluginId wanted) {
    var ofKind = catalogue.of(kind);
    var found =
        ofKind.stream()
            .filter(plugin -> plugin.id().filter(wanted::equals).isPresent())
            .min(Comparator.comparing(plugin -> plugin.state() instanceof State.Disabled));
    if (found.isPresent()) {
      return outcome(kind, found.get());
    }
    return suspect(kind, wanted)
        .map(plugin -> outcome(kind, plugin))
        .orElseGet(() -> {
          var ids = ofKind.stream().map(InstalledPlugin::name).toList();
          return new Resolution.UnknownId(
              kind, wanted.value(), Nearest.to(wanted.value(), ids), catalogue);
        });
  }

  /** A plugin that could not tell its id or kind but stands in a directory of that name. */
  private Optional<InstalledPlugin> suspect(PluginKind kind, PluginId wanted) {
    return catalogue.plugins().stream()
        .filter(plugin -> plugin.id().isEmpty() || plugin.kind().isEmpty())
        .filter(plugin -> plugin.kind().isEmpty() || plugin.kind().get() == kind)
        .filter(plugin ->
            plugin.directory().map(Path::getFileName).map(Path::toString).stream()
                .anyMatch(wanted.value()::equals))
        .findFirst();
  }

  private Resolution byDefault(PluginKind kind) {
    var usable = usable(kind);
    var passed = usable.stream().filter(plugin -> plugin.directory().isEmpty()).toList();
    var candidates = passed.isEmpty() ? usable : passed;
    if (candidates.size() == 1) {
      return outcome(kind, candidates.getFirst());
    }
    if (candidates.isEmpty()) {
      var others = catalogue.of(kind);
      return others.isEmpty()
          ? new Resolution.NoneInstalled(kind, catalogue)
          : outcome(kind, worthTelling(others));
    }
    if (kind == PluginKind.AUTH_STORE) {
      var preferred =
          candidates.stream().filter(plugin -> plugin.name().equals(PREFERRED_STORE)).findFirst();
      if (preferred.isPresent()) {
        return outcome(kind, preferred.get());
      }
    }
    return new Resolution.Ambiguous(
        kind, candidates.stream().map(InstalledPlugin::name).toList(), catalogue);
  }

  /** Of several that do not work, the one most likely meant: broken before foreign. */
  private static InstalledPlugin worthTelling(List<InstalledPlugin> plugins) {
    return plugins.stream()
        .filter(plugin -> !(plugin.state() instanceof State.Unsupported))
        .filter(plugin -> !(plugin.state() instanceof State.Disabled))
        .findFirst()
        .orElse(plugins.getFirst());
  }

  private List<InstalledPlugin> usable(PluginKind kind) {
    return catalogue.of(kind).stream()
        .filter(plugin -> plugin.state() instanceof State.Usable)
        .toList();
  }

  private static Resolution outcome(PluginKind kind, InstalledPlugin plugin) {
    return switch (plugin.state()) {
      case State.Usable _ -> new Resolution.Selected(kind, plugin);
      case State.Unsupported _ -> new Resolution.Unsupported(kind, plugin);
      case State.Incompatible _ -> new Resolution.Incompatible(kind, plugin);
      case State.Disabled _ -> new Resolution.Disabled(kind, plugin);
      case State.Broken _ -> new Resolution.Broken(kind, plugin);
    };
  }
}
