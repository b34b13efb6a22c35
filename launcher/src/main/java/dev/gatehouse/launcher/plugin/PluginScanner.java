package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.TimeSpans;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Looks into plugin directories. Each directory below a searched one is a plugin directory: its
 * jars become one module layer on top of the host's, in which the host's modules win over copies
 * the directory may hold.
 */
public final class PluginScanner {

  private static final String API = "dev.gatehouse.api";

  private final ModuleLayer host;
  private final Duration limit;

  /** Scans on top of the layer this class is in. */
  public PluginScanner() {
    this(Patience.LIMIT);
  }

  /** Scans with another limit per directory. */
  PluginScanner(Duration limit) {
    this.limit = limit;
    var own = PluginScanner.class.getModule().getLayer();
    host = own == null ? ModuleLayer.boot() : own;
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
            .map(directory ->
                new Look(
                    directory,
                    Patience.ask("scan-" + directory.getFileName(), () -> scanOne(directory))))
            .toList();
    return looks.stream()
        .flatMap(look -> answer(look.directory(), look.question()).stream())
        .toList();
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
      return entries.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      return List.of(directory);
    }
  }

  private List<InstalledPlugin> scanOne(Path directory) {
    try {
      var jars = jars(directory);
      if (jars.isEmpty()) {
        return List.of();
      }
      var writable = writableByOthers(directory, jars);
      if (writable.isPresent()) {
        return List.of(
            broken(
                directory,
                new State.Broken(
                    "every user of this machine may write "
                        + writable.get()
                        + "; take that away with 'chmod o-w'.",
                    Optional.empty())));
      }
      refuseTwins(jars);
      return load(directory, ModuleFinder.of(jars.toArray(Path[]::new)));
    } catch (IOException e) {
      return List.of(
          broken(
              directory,
              new State.Broken(
                  "the directory cannot be read (" + e.getMessage() + "); check its mode.",
                  Optional.of(e))));
    } catch (RuntimeException | LinkageError e) {
      return List.of(broken(directory, Diagnosis.of(e)));
    }
  }

  /** A finder of several jars takes the first of two with one name and is silent about it. */
  private static void refuseTwins(List<Path> jars) {
    var seen = new HashMap<String, Path>();
    for (var jar : jars) {
      for (var reference : ModuleFinder.of(jar).findAll()) {
        var twin = seen.put(reference.descriptor().name(), jar);
        if (twin != null) {
          throw new ResolutionException(
              "module "
                  + reference.descriptor().name()
                  + " is in both "
                  + twin.getFileName()
                  + " and "
                  + jar.getFileName());
        }
      }
    }
  }

  private List<InstalledPlugin> load(Path directory, ModuleFinder finder) {
    if (host.findModule(API).isEmpty()) {
      return List.of(
          broken(
              directory,
              new State.Broken(
                  "plugin directories need Gatehouse on the module path; on the class path, pass the"
                      + " provider as an object.",
                  Optional.empty())));
    }
    var references = finder.findAll();
    var roots =
        references.stream().map(ModuleReference::descriptor).map(ModuleDescriptor::name).toList();
    var incompatible =
        references.stream()
            .map(ModuleReference::descriptor)
            .filter(descriptor -> !descriptor.name().equals(API))
            .flatMap(descriptor -> incompatible(directory, descriptor).stream())
            .toList();
    if (!incompatible.isEmpty()) {
      return incompatible;
    }
    var configuration =
        Configuration.resolve(ModuleFinder.of(), List.of(host.configuration()), finder, roots);
    var controller =
        ModuleLayer.defineModulesWithOneLoader(
            configuration, List.of(host), ClassLoader.getPlatformClassLoader());
    enableNativeAccess(controller);
    var found = new ArrayList<InstalledPlugin>();
    for (var kind : PluginKind.values()) {
      collect(kind, directory, controller.layer(), found);
    }
    if (found.isEmpty()) {
      var names = roots.stream().sorted().collect(Collectors.joining(", "));
      found.add(
          broken(
              directory,
              new State.Broken(
                  "no module in it provides a plugin (found "
                      + names
                      + "); its module-info must say 'provides dev.gatehouse.api.spi.… with …'.",
                  Optional.empty())));
    }
    return found;
  }

  @SuppressWarnings("restricted") // plugins with native code are why the launcher has this right
  private static void enableNativeAccess(ModuleLayer.Controller controller) {
    controller.layer().modules().forEach(controller::enableNativeAccess);
  }

  private static void collect(
      PluginKind kind, Path directory, ModuleLayer layer, List<InstalledPlugin> found) {
    var providers = ServiceLoader.load(layer, kind.service()).stream().iterator();
    while (true) {
      Optional<String> version = Optional.empty();
      try {
        if (!providers.hasNext()) {
          return;
        }
        var provider = providers.next();
        var module = provider.type().getModule();
        if (module.getLayer() != layer) {
          continue;
        }
        version = module.getDescriptor().rawVersion();
        found.add(
            Providers.inspect((PluginProvider<?>) provider.get(), version, Optional.of(directory)));
      } catch (ServiceConfigurationError | RuntimeException | LinkageError e) {
        found.add(
            new InstalledPlugin(
                Optional.empty(),
                Optional.of(kind),
                "",
                version,
                Optional.of(directory),
                Diagnosis.of(e)));
      }
    }
  }

  private Optional<InstalledPlugin> incompatible(Path directory, ModuleDescriptor descriptor) {
    var running =
        host.findModule(API)
            .flatMap(module -> module.getDescriptor().rawVersion())
            .flatMap(ApiVersion::parse);
    var built =
        descriptor.requires().stream()
            .filter(requires -> requires.name().equals(API))
            .flatMap(requires -> requires.rawCompiledVersion().stream())
            .findFirst();
    if (running.isEmpty() || built.isEmpty()) {
      return Optional.empty();
    }
    if (ApiVersion.parse(built.get()).filter(running.get()::serves).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        new InstalledPlugin(
            Optional.empty(),
            kindOf(descriptor),
            "",
            descriptor.rawVersion(),
            Optional.of(directory),
            new State.Incompatible(built.get(), running.get().text())));
  }

  private static Optional<PluginKind> kindOf(ModuleDescriptor descriptor) {
    for (var provides : descriptor.provides()) {
      for (var kind : PluginKind.values()) {
        if (provides.service().equals(kind.service().getName())) {
          return Optional.of(kind);
        }
      }
    }
    return Optional.empty();
  }

  private static List<Path> jars(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private static Optional<Path> writableByOthers(Path directory, List<Path> jars)
      throws IOException {
    if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      return Optional.empty();
    }
    if (isWritableByOthers(directory)) {
      return Optional.of(directory);
    }
    for (var jar : jars) {
      if (isWritableByOthers(jar)) {
        return Optional.of(jar);
      }
    }
    return Optional.empty();
  }

  private static boolean isWritableByOthers(Path path) throws IOException {
    return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static InstalledPlugin broken(Path directory, State.Broken state) {
    return new InstalledPlugin(
        Optional.empty(), Optional.empty(), "", Optional.empty(), Optional.of(directory), state);
  }
}
