package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.launcher.config.CoreConfig;
import dev.gatehouse.launcher.config.Problem;
import dev.gatehouse.launcher.config.Section;
import dev.gatehouse.launcher.config.ShardConfig;
import dev.gatehouse.launcher.plugin.Catalogue;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.Patience;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.plugin.PluginLayers;
import dev.gatehouse.launcher.plugin.PluginScanner;
import dev.gatehouse.launcher.plugin.Resolution;
import dev.gatehouse.launcher.plugin.Selector;
import dev.gatehouse.launcher.runtime.Plan.SelectedPlugin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Decides what will run, opening nothing. Every problem ends up in the {@link Plan}. */
public final class Planner {

  private static final List<PluginKind> SINGLE =
      List.of(PluginKind.AUTH_STORE, PluginKind.TUN, PluginKind.TRANSPORT, PluginKind.TUNNEL);

  private final Setup setup;
  private final List<Problem> problems = new ArrayList<>();

  private Planner(Setup setup) {
    this.setup = setup;
  }

  /** Makes a plan. */
  public static Plan plan(Setup setup) {
    return new Planner(setup).plan();
  }

  /**
   * Makes a plan of the authorization store alone; what concerns other plugins is not looked at.
   */
  public static Plan planStore(Setup setup) {
    return new Planner(setup).storeOnly();
  }

  private Plan storeOnly() {
    var byDefault = setup.stateDirectory().orElseGet(setup.surroundings()::stateDirectory);
    var core = CoreConfig.read(setup.source(), byDefault, problems);
    if (setup.stateDirectory().isPresent()) {
      core = core.withStateDirectory(byDefault);
    }
    var catalogue = catalogue(core);
    var resolution =
        new Selector(catalogue)
            .one(PluginKind.AUTH_STORE, core.plugins().id(PluginKind.AUTH_STORE));
    var selected = new ArrayList<SelectedPlugin>();
    if (resolution instanceof Resolution.Selected(var kind, var plugin)) {
      configure(kind, plugin, selected);
    }
    return new Plan(setup.source(), core, catalogue, List.of(resolution), selected, problems);
  }

  private Plan plan() {
    var byDefault = setup.stateDirectory().orElseGet(this::usualStateDirectory);
    var core =
        CoreConfig.read(
            setup.source(),
            byDefault,
            isGateway() ? ShardConfig.GATEWAY : ShardConfig.alone(),
            problems);
    if (setup.stateDirectory().isPresent()) {
      core = core.withStateDirectory(byDefault);
    }
    var catalogue = catalogue(core);
    var resolutions = resolve(core, new Selector(catalogue));
    var selected = new ArrayList<SelectedPlugin>();
    for (var resolution : resolutions) {
      if (resolution instanceof Resolution.Selected(var kind, var plugin)) {
        configure(kind, plugin, selected);
      }
    }
    CoreConfig.unknownSections(setup.source(), sections(core, catalogue, selected), problems);
    if (isGateway() && resolutions.stream().allMatch(resolution -> resolution.code().isEmpty())) {
      checkLanes(selected);
    }
    return new Plan(setup.source(), core, catalogue, resolutions, ordered(selected), problems);
  }

  private boolean isGateway() {
    return setup.alone().isEmpty();
  }

  private Path usualStateDirectory() {
    return isGateway()
        ? setup.surroundings().stateDirectory()
        : setup.surroundings().stateDirectory(setup.alone().getFirst().value());
  }

  private Catalogue catalogue(CoreConfig core) {
    var directories =
        setup
            .pluginDirectories()
            .or(() -> core.plugins().directory().map(List::of))
            .orElseGet(() ->
                setup.passed().isEmpty() ? setup.surroundings().pluginDirectories() : List.of());
    List<PluginProvider<?>> passed = new ArrayList<>();
    setup.passed().forEach(one -> passed.add(one.provider()));
    var layers = new PluginLayers();
    return Catalogue.of(passed, new PluginScanner(layers).scan(directories), directories, layers);
  }

  private List<Resolution> resolve(CoreConfig core, Selector selector) {
    if (!isGateway()) {
      return selector.services(setup.alone());
    }
    var resolutions = new ArrayList<Resolution>();
    for (var kind : SINGLE) {
      resolutions.add(selector.one(kind, core.plugins().id(kind)));
    }
    resolutions.addAll(selector.stages(core.plugins().stages()));
    resolutions.addAll(selector.services(core.plugins().services()));
    return resolutions;
  }

  private void configure(PluginKind kind, InstalledPlugin plugin, List<SelectedPlugin> selected) {
    var provider = plugin.provider().orElseThrow();
    var id = plugin.id().orElseThrow();
    var given = given(provider);
    if (given.isPresent()) {
      selected.add(new SelectedPlugin(id, kind, plugin, given.get()));
      return;
    }
    var name = section(kind, id);
    var found = new ArrayList<Problem>(); // of its own, in case the plugin never comes back
    var section = setup.source().section(name, found);
    try {
      var config =
          Patience.ask("configure-" + id, () -> configured(provider, section))
              .await(Patience.LIMIT);
      section.finish();
      problems.addAll(found);
      selected.add(new SelectedPlugin(id, kind, plugin, config));
    } catch (TimeoutException e) {
      failed(name, id, "did not come back from reading this section");
    } catch (ExecutionException e) {
      failed(name, id, "failed while reading this section (" + e.getCause() + ")");
    }
  }

  private static Record configured(PluginProvider<?> provider, Section section) {
    @Nullable Record config = provider.configure(section);
    if (config == null) {
      throw new IllegalStateException("it returns no configuration");
    }
    return config;
  }

  private void failed(String section, PluginId id, String how) {
    problems.add(
        new Problem("[" + section + "]", "plugin '" + id + "' " + how + "; ask its author."));
  }

  @SuppressWarnings("ReferenceEquality") // this very object was passed
  private Optional<Record> given(PluginProvider<?> provider) {
    return setup.passed().stream()
        .filter(passed -> passed.provider() == provider)
        .findFirst()
        .flatMap(passed -> passed.config().map(config -> (Record) config));
  }

  /** The name of a plugin's section. */
  public static String section(PluginKind kind, PluginId id) {
    return kind.isMany() ? id.value() : kind.label();
  }

  /** Sections that are read, or would be if their plugin could be selected. */
  private List<String> sections(
      CoreConfig core, Catalogue catalogue, List<SelectedPlugin> selected) {
    var names = new ArrayList<String>();
    catalogue.plugins().stream()
        .filter(plugin -> plugin.state() instanceof InstalledPlugin.State.Disabled)
        .forEach(plugin -> names.add(plugin.name()));
    if (isGateway()) {
      SINGLE.forEach(kind -> names.add(kind.label()));
      core.plugins().stages().ifPresent(ids -> ids.forEach(id -> names.add(id.value())));
      core.plugins().services().forEach(id -> names.add(id.value()));
    } else {
      setup.alone().forEach(id -> names.add(id.value()));
    }
    for (var plugin : selected) {
      if (plugin.kind().isMany()) {
        names.add(plugin.id().value());
      }
      if (given(plugin.plugin().provider().orElseThrow()).isPresent()) {
        names.remove(section(plugin.kind(), plugin.id()));
      }
    }
    return names.stream().distinct().toList();
  }

  private void checkLanes(List<SelectedPlugin> selected) {
    var consumers = new EnumMap<Lane, List<String>>(Lane.class);
    for (var lane : Lane.values()) {
      consumers.put(lane, new ArrayList<>());
    }
    for (var plugin : selected) {
      for (var lane : lanes(plugin)) {
        consumers.getOrDefault(lane, new ArrayList<>()).add(plugin.id().value());
      }
    }
    consumers.forEach((lane, ids) -> {
      if (ids.isEmpty()) {
        problems.add(
            new Problem(
                PluginKind.STAGE.key(),
                "nothing takes packets from lane "
                    + lane.label()
                    + "; add the stage that does, usually 'policy'."));
      } else if (ids.size() > 1) {
        problems.add(
            new Problem(
                PluginKind.STAGE.key(),
                "packets from lane "
                    + lane.label()
                    + " are taken by "
                    + String.join(" and ", ids)
                    + "; leave only one of them."));
      }
    });
  }

  private Set<Lane> lanes(SelectedPlugin plugin) {
    if (!(plugin.plugin().provider().orElseThrow() instanceof StageProvider<?> stage)) {
      return plugin.kind().lanes();
    }
    try {
      return Set.copyOf(stage.consumes());
    } catch (RuntimeException | LinkageError e) {
      problems.add(
          new Problem(
              PluginKind.STAGE.key(),
              "plugin '" + plugin.id() + "' cannot say what it takes (" + e + ")."));
      return Set.of();
    }
  }

  /** By kind; stages of the packet path before those beside it. */
  private static List<SelectedPlugin> ordered(List<SelectedPlugin> selected) {
    return selected.stream()
        .sorted(
            Comparator.comparing(SelectedPlugin::kind)
                .thenComparing(plugin -> isBesideThePath(plugin)))
        .toList();
  }

  private static boolean isBesideThePath(SelectedPlugin plugin) {
    try {
      return plugin.plugin().provider().orElseThrow() instanceof StageProvider<?> stage
          && stage.consumes().isEmpty();
    } catch (RuntimeException | LinkageError e) {
      return true; // told by the check of the lanes
    }
  }
}
