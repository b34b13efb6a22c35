package dev.gatehouse.launcher.runtime;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the process was started with.
 *
 * @param environment the environment variables
 * @param home the user's home directory
 * @param administrator whether the process may do everything
 * @param windows whether this is Windows
 */
public record Surroundings(
    Map<String, String> environment, Path home, boolean administrator, boolean windows) {

  /** Those of this process. */
  public static Surroundings ofThisProcess() {
    return new Surroundings(
        System.getenv(),
        Path.of(System.getProperty("user.home", "")),
        isRoot(),
        System.getProperty("os.name", "").startsWith("Windows"));
  }

  private static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /** A variable that is set and not empty. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  /** Where a gateway keeps its state unless the configuration says otherwise. */
  public Path stateDirectory() {
    return usualStateDirectory("gatehouse", "Gatehouse");
  }

  /** Where a service that runs alone keeps its state unless the configuration says otherwise. */
  public Path stateDirectory(String service) {
    return usualStateDirectory("gatehouse-" + service, "Gatehouse " + service);
  }

  private Path usualStateDirectory(String name, String windowsName) {
    var given = variable("STATE_DIRECTORY"); // set by systemd, a list
    if (given.isPresent()) {
      return Path.of(given.get().split(":", 2)[0]);
    }
    if (windows) {
      return Path.of(variable("ProgramData").orElse("C:\\ProgramData"), windowsName);
    }
    if (administrator) {
      return Path.of("/var/lib", name);
    }
    return variable("XDG_STATE_HOME")
        .map(Path::of)
        .filter(Path::isAbsolute)
        .orElse(home.resolve(".local/state"))
        .resolve(name);
  }

  /**
   * Where log files go unless the configuration says otherwise.
   *
   * @param name what they are called after, for example {@code gatehouse-relay}
   */
  public Path logDirectory(String name) {
    var given = variable("LOGS_DIRECTORY"); // set by systemd, a list
    if (given.isPresent()) {
      return Path.of(given.get().split(":", 2)[0]);
    }
    if (windows) {
      return Path.of(variable("ProgramData").orElse("C:\\ProgramData"), "Gatehouse", "Logs");
    }
    if (administrator) {
      return Path.of("/var/log", name);
    }
    return variable("XDG_STATE_HOME")
        .map(Path::of)
        .filter(Path::isAbsolute)
        .orElse(home.resolve(".local/state"))
        .resolve(name)
        .resolve("log");
  }

  /**
   * Where plugins are unless the configuration says otherwise: the installation's own directories,
   * then those of {@code $GATEHOUSE_PLUGINS}, both lists with the system's separator of paths. The
   * last one is where plugins are installed.
   */
  public List<Path> pluginDirectories() {
    return Stream.concat(
            Stream.ofNullable(System.getProperty("gatehouse.plugins")),
            variable("GATEHOUSE_PLUGINS").stream())
        .flatMap(list -> Arrays.stream(list.split(Pattern.quote(File.pathSeparator))))
        .filter(directory -> !directory.isEmpty())
        .map(Path::of)
        .distinct()
        .toList();
  }
}
