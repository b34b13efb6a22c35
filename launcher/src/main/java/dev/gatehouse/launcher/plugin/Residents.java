package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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
    return Providers.of(host, directory, module -> isFrom(module, home));
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

  /** The path without symbolic links, or as it is if it cannot be followed. */
  static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
