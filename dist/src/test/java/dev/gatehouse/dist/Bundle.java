package dev.gatehouse.dist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the bundle under test and the source tree lie. */
public final class Bundle {

  private Bundle() {}

  /** The bundle's directory. */
  public static Path home() {
    return directory("gatehouse.bundle");
  }

  /** The root of the source tree. */
  public static Path sources() {
    return directory("gatehouse.sources");
  }

  /** The start script. */
  public static Path program() {
    return home().resolve("bin/gatehouse");
  }

  /** The jars of the host. */
  public static List<Path> hostJars() {
    return jarsIn(home().resolve("lib"));
  }

  /** The plugin directories. */
  public static List<Path> pluginDirectories() {
    return list(home().resolve("plugins"));
  }

  /** The jars of one directory, sorted. */
  public static List<Path> jarsIn(Path directory) {
    return list(directory).stream().filter(file -> file.toString().endsWith(".jar")).toList();
  }

  /** Our own jars: those of the bundle and the testkit's. */
  public static List<Path> ownJars() {
    return Stream.concat(
            Stream.of(home().resolve("lib"), sources().resolve("testkit/target")),
            pluginDirectories().stream())
        .flatMap(directory -> jarsIn(directory).stream())
        .filter(jar -> jar.getFileName().toString().startsWith("gatehouse-"))
        .toList();
  }

  private static List<Path> list(Path directory) {
    try (var files = Files.list(directory)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory(String property) {
    var value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "the property " + property + " is not set; run these tests with ./build verify");
    }
    return Path.of(value).toAbsolutePath().normalize();
  }
}
