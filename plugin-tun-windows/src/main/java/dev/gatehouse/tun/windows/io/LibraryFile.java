package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.LibraryPin;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
    var path = config.library().orElseGet(LibraryFile::besideThePlugin).toAbsolutePath();
    LibraryPin.check(path.toString(), read(path), config.librarySha256());
    try {
      return WindowsApi.load(path);
    } catch (LinkageError e) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The Wintun library at " + path + " does not load.",
          "Take the file for this processor: bin\\amd64 for x64, bin\\arm64 for ARM.",
          e);
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
