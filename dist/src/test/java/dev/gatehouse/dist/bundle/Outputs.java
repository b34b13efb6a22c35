package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The finished outputs. They are made once per run of the tests, from what this build has put
 * together; {@code -Dgatehouse.bundles=DIRECTORY} takes those that lie there instead.
 */
final class Outputs {

  private static final Path DIRECTORY = made();

  private Outputs() {}

  /** The archive with a Java runtime. */
  static Path x64() {
    return only("gatehouse-[0-9.]+-linux-x64\\.tar\\.gz");
  }

  /** The archive without one. */
  static Path noarch() {
    return only("gatehouse-[0-9.]+-linux-noarch\\.tar\\.gz");
  }

  /** The Debian package; skips the test where there is no dpkg. */
  static Path deb() {
    Program.needs("dpkg-deb", "dpkg");
    return only("gatehouse_[0-9.]+_amd64\\.deb");
  }

  /** The archive for Windows. */
  static Path windows() {
    return only("gatehouse-[0-9.]+-windows-x64\\.zip");
  }

  /** Where they lie. */
  static Path directory() {
    return DIRECTORY;
  }

  /** Unpacks an output; the folder that holds the bundle. */
  static Path unpacked(Path output, Path to) throws IOException {
    Files.createDirectories(to);
    var name = output.getFileName().toString();
    if (name.endsWith(".deb")) {
      Program.run("dpkg-deb", "--extract", output.toString(), to.toString());
      return to;
    }
    if (name.endsWith(".zip")) {
      Program.run(
          "sh",
          "-c",
          "cd \"$1\" && \"$2\" --extract --file \"$3\"",
          "sh",
          to.toString(),
          Path.of(System.getProperty("java.home"), "bin/jar").toString(),
          output.toString());
    } else {
      Program.run("tar", "-C", to.toString(), "-xzf", output.toString());
    }
    try (var folders = Files.list(to)) {
      return folders.toList().getFirst();
    }
  }

  private static Path only(String pattern) {
    try (var files = Files.list(DIRECTORY)) {
      var found = files.filter(file -> file.getFileName().toString().matches(pattern)).toList();
      assertThat(found).as(pattern).hasSize(1);
      return found.getFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path made() {
    var given = System.getProperty("gatehouse.bundles");
    if (given != null) {
      return Path.of(given).toAbsolutePath();
    }
    var to = Bundle.home().resolveSibling("bundles");
    Program.run(
        "sh",
        "-c",
        "rm -rf \"$2\" && exec \"$1\" \"$2\"",
        "sh",
        Bundle.sources().resolve("tools/make-bundles").toString(),
        to.toString());
    return to;
  }
}
