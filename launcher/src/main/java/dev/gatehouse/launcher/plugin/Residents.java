package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import java.io.IOException;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Plugins that live in the host's own layer. A start script that has looked at every file of the
 * bundle may put the bundle's plugin directories on the module path; then their classes come from
 * the cache that was made at installation. Whatever else is found gets a layer of its own.
 */
final class Residents {

  private final ModuleLayer host;

  /** Where the host's modules come from; the files' real paths. */
  private final Set<Path> files;

  Residents(ModuleLayer host) {
    this.host = host;
    files =
        host.configuration().modules().stream()
            .flatMap(module -> file(module).stream())
            .collect(Collectors.toCollection(HashSet::new));
  }

  /** Whether the directory's plugins are in the host's layer. */
  boolean isHome(List<Path> jars) {
    return jars.stream().anyMatch(jar -> files.contains(real(jar)));
  }

  /** The plugins of such a directory. */
  List<InstalledPlugin> plugins(Path directory) {
    var home = real(directory);
    var found = new ArrayList<InstalledPlugin>();
    for (var kind : PluginKind.values()) {
      collect(kind, directory, home, found);
    }
    return found;
  }

  private void collect(PluginKind kind, Path directory, Path home, List<InstalledPlugin> found) {
    var providers = ServiceLoader.load(host, kind.service()).stream().iterator();
    while (true) {
      Optional<String> version = Optional.empty();
      try {
        if (!providers.hasNext()) {
          return;
        }
        var provider = providers.next();
        var module = provider.type().getModule();
        if (!isFrom(module, home)) {
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

  private boolean isFrom(Module module, Path home) {
    return host.configuration()
        .findModule(module.getName())
        .flatMap(Residents::file)
        .map(Path::getParent)
        .filter(home::equals)
        .isPresent();
  }

  private static Optional<Path> file(ResolvedModule module) {
    return module
        .reference()
        .location()
        .filter(location -> "file".equals(location.getScheme()))
        .flatMap(Residents::path)
        .map(Residents::real);
  }

  private static Optional<Path> path(URI location) {
    try {
      return Optional.of(Path.of(location));
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
