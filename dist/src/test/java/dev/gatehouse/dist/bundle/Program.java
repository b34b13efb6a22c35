package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs a program of this machine to its end. */
final class Program {

  private static final long MINUTES = 10;

  private Program() {}

  /**
   * What a program left behind.
   *
   * @param exitCode its exit code
   * @param output what it printed on both streams
   */
  record Ended(int exitCode, String output) {}

  /** Runs a program that must succeed. */
  static String run(String... command) {
    var ended = attempt(command);
    assertThat(ended.exitCode()).as("%s%n%s", List.of(command), ended.output()).isZero();
    return ended.output();
  }

  /** Runs a program that may fail. */
  static Ended attempt(String... command) {
    Path output = null;
    try {
      output = Files.createTempFile("gatehouse-program", ".txt");
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      builder.environment().remove("GATEHOUSE_CONFIG");
      var process = builder.redirectOutput(output.toFile()).start();
      process.getOutputStream().close();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + " does not end");
      }
      return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } finally {
      delete(output);
    }
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where a program is on the path. */
  static Path find(String name) {
    return Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(Path.of(name));
  }

  /** Skips the running test where a program is missing. */
  static void needs(String name, String debianPackage) {
    Assumptions.assumeTrue(
        Files.isExecutable(find(name)),
        name + " is missing (Debian package " + debianPackage + ")");
  }

  /** Skips the running tests where bundles cannot be made, because Maven was offline all along. */
  static void needsInventory() {
    Assumptions.assumeTrue(
        System.getProperty("gatehouse.bundles") != null
            || Files.exists(Bundle.home().resolveSibling("bom.json")),
        "Maven makes the list of parts, dist/target/bom.json, only with the network; build once"
            + " without -o");
  }

  /** Skips the running test where this is not root. */
  static void needsRoot(String what) {
    Assumptions.assumeTrue(
        "root".equals(System.getProperty("user.name")),
        what + " needs root; run the build as root");
  }
}
