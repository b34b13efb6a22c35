package dev.gatehouse.tun.windows.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.tun.windows.abi.StandInControl;
import dev.gatehouse.tun.windows.abi.SystemControl;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import jnr.ffi.LibraryLoader;

/**
 * The stand-in libraries of {@code src/test/c}, built with gcc once per run and bound by the same
 * interfaces as the real ones.
 */
final class StandIn {

  static final Path SOURCES = Path.of("src", "test", "c").toAbsolutePath();
  static final Path BUILT = Path.of("target", "standin").toAbsolutePath();
  private static final List<String> FLAGS =
      List.of("-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared");

  final Path driver;
  final StandInControl control;
  final SystemControl system;
  final WindowsApi api;

  private StandIn(Path driver, Path systemLibrary) {
    this.driver = driver;
    control = LibraryLoader.create(StandInControl.class).load(driver.toString());
    system = LibraryLoader.create(SystemControl.class).load(systemLibrary.toString());
    api = api(driver);
  }

  private static final class Built {
    static final StandIn ONE = build();
  }

  /** The stand-in without faults; skips the test where there is no compiler for it. */
  static StandIn load() {
    assumeTrue(
        System.getProperty("os.name", "").startsWith("Linux"), "the stand-in is made for Linux");
    assumeTrue(
        isInstalled("gcc") && Files.exists(Path.of("/usr/include/stdio.h")),
        "gcc is missing, so the stand-in for the driver is not built (Debian: build-essential)");
    var loaded = Built.ONE;
    loaded.control.standin_reset();
    loaded.system.standin_system_reset();
    return loaded;
  }

  private static StandIn build() {
    var systemLibrary = BUILT.resolve("libgatehouse-standin-system.so");
    compile(systemLibrary, "system.c", "-lpthread");
    return new StandIn(driver("libgatehouse-standin-driver.so"), systemLibrary);
  }

  /** Builds a driver's library; the system's must be there. */
  static Path driver(String name, String... flags) {
    var more = new ArrayList<>(Arrays.asList(flags));
    more.addAll(
        List.of(
            "-L" + BUILT,
            "-lgatehouse-standin-system",
            "-Wl,-rpath,$ORIGIN",
            "-Wl,-z,defs",
            "-lpthread"));
    var library = BUILT.resolve(name);
    compile(library, "driver.c", more.toArray(String[]::new));
    return library;
  }

  private static void compile(Path library, String source, String... more) {
    var command = new ArrayList<>(List.of("gcc"));
    command.addAll(FLAGS);
    command.addAll(List.of("-o", library.toString(), SOURCES.resolve(source).toString()));
    command.addAll(Arrays.asList(more));
    run(command);
  }

  /** Runs a program to its end, which must be good; gives what it printed. */
  static String run(List<String> command) {
    try {
      Files.createDirectories(BUILT);
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + "\n" + text);
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** Binds a driver's library as the plugin does, and the system's stand-in. */
  static WindowsApi api(Path driver) {
    var systemLibrary = BUILT.resolve("libgatehouse-standin-system.so").toString();
    return WindowsApi.load(driver.toString(), systemLibrary, systemLibrary);
  }

  /** For a device's constructor. */
  Supplier<WindowsApi> libraries() {
    return () -> api;
  }

  /** What a real driver would have answered with a crash. */
  List<String> misuses() {
    var text = new byte[8192];
    return lines(text, system.standin_misuses(text, text.length));
  }

  /** The rows of an interface: addresses, MTU and metric, routes. */
  List<String> rows(String name) {
    var text = new byte[8192];
    return lines(text, system.standin_rows(name, text, text.length));
  }

  private static List<String> lines(byte[] text, int length) {
    return new String(text, 0, length, StandardCharsets.UTF_8).lines().toList();
  }

  /** Sessions, adapters, packets, events and tables that are still there. */
  long open() {
    return control.standin_fact(StandInControl.ADAPTERS)
        + control.standin_fact(StandInControl.SESSIONS)
        + control.standin_fact(StandInControl.TAKEN)
        + control.standin_fact(StandInControl.ROOMS)
        + system.standin_system_fact(SystemControl.EVENTS)
        + system.standin_system_fact(SystemControl.TABLES);
  }
}
