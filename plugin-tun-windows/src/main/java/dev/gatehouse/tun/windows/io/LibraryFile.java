package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.abi.Wintun;
import dev.gatehouse.tun.windows.core.LibraryPin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds, checks and loads the driver's library. */
public final class LibraryFile {

  private LibraryFile() {}

  /**
   * Loads the library of a configuration.
   *
   * @throws GatehouseException if it is missing, altered or refuses to load
   */
  public static WindowsApi load(WindowsTunConfig config) {
    return load(config, path -> WindowsApi.load(path, systemDirectory()));
  }

  /** Does it with a loader of the caller's. */
  static WindowsApi load(WindowsTunConfig config, Function<Path, WindowsApi> loader) {
    var path = config.library().orElseGet(LibraryFile::besideThePlugin).toAbsolutePath();
    LibraryPin.check(path.toString(), read(path), config.librarySha256());
    try {
      requireFunctions(path);
      return loader.apply(path);
    } catch (LinkageError | IllegalArgumentException e) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The Wintun library at " + path + " does not load.",
          "Take the file for this processor: bin\\amd64 for x64, bin\\arm64 for ARM.",
          e);
    }
  }

  /**
   * Looks for all functions before the first is called, because jnr-ffi finds out call by call.
   *
   * @throws GatehouseException naming those that are missing
   * @throws IllegalArgumentException if the file is not a library for this processor
   */
  @SuppressWarnings("restricted") // the library is loaded right afterwards anyway
  static void requireFunctions(Path library) {
    try (var arena = Arena.ofConfined()) {
      var lookup = SymbolLookup.libraryLookup(library, arena);
      var missing =
          Arrays.stream(Wintun.class.getMethods())
              .map(Method::getName)
              .filter(name -> lookup.find(name).isEmpty())
              .sorted()
              .toList();
      if (!missing.isEmpty()) {
        throw new GatehouseException(
            StandardErrorCode.DEVICE_UNAVAILABLE,
            "The library at " + library + " lacks " + String.join(", ", missing) + ".",
            "Use wintun.dll of version 0.14 or newer.");
      }
    }
  }

  private static byte @Nullable [] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The Wintun library at " + path + " cannot be read.",
          "Let the gateway's account read the file.",
          e);
    }
  }

  private static Path systemDirectory() {
    var root = System.getenv("SystemRoot");
    return Path.of(root == null ? "C:\\Windows" : root).resolve("System32");
  }

  private static Path besideThePlugin() {
    var source = LibraryFile.class.getProtectionDomain().getCodeSource();
    try {
      var jar = source == null ? null : Path.of(source.getLocation().toURI()).getParent();
      return (jar == null ? Path.of("") : jar).resolve("wintun.dll");
    } catch (URISyntaxException e) {
      return Path.of("wintun.dll");
    }
  }
}
