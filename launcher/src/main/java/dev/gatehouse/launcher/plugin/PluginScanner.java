package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.config.TimeSpans;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Looks into plugin directories. Each directory below a searched one is a plugin directory, unless
 * its name begins with a dot: its jars become one module layer on top of the host's, in which the
 * host's modules win over copies the directory may hold. Classes are loaded last, after everything
 * that can be known without: who may change the files, their checksums, whether the plugin is
 * disabled, made for this machine and for this api.
 */
public final class PluginScanner {

  private final ModuleLayer host;
  private final Duration limit;
  private final PluginLayers layers;
  private final Trust trust = new Trust();
  private final Residents residents;

  /**
   * Scans on top of the layer this class is in.
   *
   * @param layers closes what is opened
   */
  public PluginScanner(PluginLayers layers) {
    this(layers, Patience.LIMIT);
  }

  /** Scans with another limit per directory. */
  PluginScanner(PluginLayers layers, Duration limit) {
    this.layers = layers;
    this.limit = limit;
    var own = PluginScanner.class.getModule().getLayer();
    host = own == null ? ModuleLayer.boot() : own;
    residents = new Residents(host);
  }

  /** The version of the api this process runs; empty on the class path. */
  public Optional<ApiVersion> api() {
    return host.findModule(PluginDirectory.API)
        .flatMap(module -> module.getDescriptor().rawVersion())
        .flatMap(ApiVersion::parse);
  }

  /**
   * Finds all plugins below the directories, looking into several at a time; a directory that does
   * not exist holds none.
   */
  public List<InstalledPlugin> scan(List<Path> directories) {
    record Look(Path directory, Patience.Question<List<InstalledPlugin>> question) {}
    var looks =
        directories.stream()
            .flatMap(directory -> children(directory).stream())
            .map(directory -> new Look(directory, ask(directory, false)))
            .toList();
    return looks.stream()
        .flatMap(look -> answer(look.directory(), look.question()).stream())
        .toList();
  }

  /** Looks into one plugin directory, whether its plugins are disabled or not. */
  public List<InstalledPlugin> look(Path directory) {
    return answer(directory, ask(directory, true));
  }

  private Patience.Question<List<InstalledPlugin>> ask(Path directory, boolean evenDisabled) {
    return Patience.ask("scan-" + directory.getFileName(), () -> scanOne(directory, evenDisabled));
  }

  private List<InstalledPlugin> answer(
      Path directory, Patience.Question<List<InstalledPlugin>> question) {
    try {
      return question.await(limit);
    } catch (TimeoutException e) {
      return List.of(
          broken(
              directory,
              new State.Broken(
                  "it did not say within "
                      + TimeSpans.format(limit)
                      + " what it is; ask its author.",
                  Optional.of(e))));
    } catch (ExecutionException e) {
      return List.of(broken(directory, Diagnosis.of(e.getCause() == null ? e : e.getCause())));
    }
  }

  private static List<Path> children(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var entries = Files.list(directory)) {
      return entries
          .filter(entry -> !entry.getFileName().toString().startsWith("."))
          .filter(entry -> Files.isDirectory(entry) || leadsNowhere(entry))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of(directory);
    }
  }

  private static boolean leadsNowhere(Path entry) {
    return Files.isSymbolicLink(entry) && !Files.exists(entry);
  }

  private List<InstalledPlugin> scanOne(Path directory, boolean evenDisabled) {
    try {
      if (leadsNowhere(directory)) {
        throw new Refusal("it is a symbolic link that leads nowhere; remove it or make it anew.");
      }
      var jars = PluginDirectory.jars(directory);
      if (jars.isEmpty()) {
        return List.of();
      }
      var disabled = evenDisabled ? Set.<String>of() : DisabledPlugins.of(directory);
      if (!disabled.isEmpty()) {
        var all = Disabled.whole(directory, disabled);
        if (!all.isEmpty()) {
          return all;
        }
      }
      refuse(trust.problem(directory, jars));
      if (residents.isHome(jars)) {
        return residents.plugins(directory).stream()
            .map(plugin -> Disabled.ifListed(plugin, disabled))
            .toList();
      }
      refuse(Checksums.differences(directory).stream().findFirst());
      return examined(PluginDirectory.read(directory), disabled);
    } catch (IOException e) {
      return List.of(broken(directory, unreadable(e)));
    } catch (RuntimeException | LinkageError e) {
      return List.of(broken(directory, Diagnosis.of(e)));
    }
  }

  private static void refuse(Optional<String> problem) {
    problem.ifPresent(sentence -> {
      throw new Refusal(sentence);
    });
  }

  private static State.Broken unreadable(IOException e) {
    var message = e.getMessage();
    return new State.Broken(
        "the directory or a file in it cannot be read ("
            + e.getClass().getSimpleName()
            + (message == null ? "" : ": " + message)
            + "); check its mode.",
        Optional.of(e));
  }

  private List<InstalledPlugin> examined(PluginDirectory directory, Set<String> disabled) {
    try {
      if (host.findModule(PluginDirectory.API).isEmpty()) {
        throw new Refusal(
            "plugin directories need Gatehouse on the module path; on the class path, pass the"
                + " provider as an object.");
      }
      var unfit = unfit(directory);
      if (!unfit.isEmpty()) {
        return unfit;
      }
      return new LayerLoader(host, layers)
          .load(directory).stream()
              .map(plugin -> Agreement.checked(plugin, directory))
              .map(plugin -> Disabled.ifListed(plugin, disabled))
              .toList();
    } catch (RuntimeException | LinkageError e) {
      return List.of(described(directory, Diagnosis.of(e)));
    }
  }

  /** What cannot work with this api or on this machine. */
  private List<InstalledPlugin> unfit(PluginDirectory directory) {
    var incompatible =
        directory.references().stream()
            .map(ModuleReference::descriptor)
            .filter(descriptor -> !descriptor.name().equals(PluginDirectory.API))
            .flatMap(descriptor -> incompatible(directory, descriptor).stream())
            .toList();
    if (!incompatible.isEmpty()) {
      return incompatible;
    }
    var running = api();
    for (var descriptor : directory.descriptors()) {
      var outside = descriptor.api().filter(range -> running.filter(range::holds).isEmpty());
      if (outside.isPresent() && running.isPresent()) {
        return List.of(
            described(
                directory, new State.Incompatible(outside.get().toString(), running.get().text())));
      }
    }
    if (!directory.descriptors().isEmpty()
        && directory.descriptors().stream().noneMatch(one -> one.suits(Platform.here()))) {
      var made = String.join(", ", directory.descriptors().getFirst().platforms());
      return List.of(
          described(
              directory,
              new State.Unsupported(
                  "it is made for " + made + ", and this is " + Platform.here() + ".")));
    }
    return List.of();
  }

  private Optional<InstalledPlugin> incompatible(
      PluginDirectory directory, ModuleDescriptor descriptor) {
    var running = api();
    var built = PluginDirectory.builtAgainst(descriptor);
    if (running.isEmpty() || built.isEmpty()) {
      return Optional.empty();
    }
    if (ApiVersion.parse(built.get()).filter(running.get()::serves).isPresent()) {
      return Optional.empty();
    }
    var state = new State.Incompatible(built.get(), running.get().text());
    return Optional.of(
        directory.descriptors().size() == 1
            ? described(directory, state)
            : new InstalledPlugin(
                Optional.empty(),
                PluginDirectory.kindOf(descriptor),
                "",
                descriptor.rawVersion(),
                Optional.of(directory.path()),
                state));
  }

  /** A plugin that is not loaded, with what its descriptor says if there is exactly one. */
  private static InstalledPlugin described(PluginDirectory directory, State state) {
    if (directory.descriptors().size() != 1) {
      return broken(directory.path(), state);
    }
    var descriptor = directory.descriptors().getFirst();
    return new InstalledPlugin(
        Optional.of(descriptor.id()),
        Optional.of(descriptor.kind()),
        descriptor.summary(),
        descriptor.version().or(() -> directory.providing().getFirst().rawVersion()),
        Optional.of(directory.path()),
        state);
  }

  private static InstalledPlugin broken(Path directory, State state) {
    return new InstalledPlugin(
        Optional.<PluginId>empty(),
        Optional.empty(),
        "",
        Optional.empty(),
        Optional.of(directory),
        state);
  }
}
