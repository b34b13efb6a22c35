package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Where the password comes from. It is read for every login, so a new one needs no restart. */
final class Password {

  private static final int LONGEST = 4096;
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private Password() {}

  /** The password; empty if none is configured. */
  static Optional<String> read(PostgresStoreConfig config) {
    if (config.passwordFile().isPresent()) {
      var file = config.passwordFile().get();
      checkPrivate(file);
      return Optional.of(content(file));
    }
    return config.passwordCredential().map(name -> content(credential(name)));
  }

  private static Path credential(String name) {
    var directory = System.getenv("CREDENTIALS_DIRECTORY");
    if (directory == null) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "There is no credential '" + name + "': systemd has passed none on.",
          "Set LoadCredential=" + name + ":… in the unit, or use password-file.");
    }
    return Path.of(directory, name);
  }

  private static void checkPrivate(Path file) {
    try {
      var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
      if (view != null) {
        var permissions = EnumSet.noneOf(PosixFilePermission.class);
        permissions.addAll(view.readAttributes().permissions());
        permissions.retainAll(OTHERS);
        if (!permissions.isEmpty()) {
          throw new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID,
              "The password file '" + file + "' may be read or written by others.",
              "Run 'chmod 600 " + file + "'.");
        }
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static String content(Path file) {
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(LONGEST);
      int end = bytes.length;
      while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
        end--;
      }
      var password = new String(bytes, 0, end, StandardCharsets.UTF_8);
      Arrays.fill(bytes, (byte) 0);
      if (password.isEmpty()) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "The password file '" + file + "' is empty.",
            "Write the password into it.");
      }
      return password;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static GatehouseException unreadable(Path file, IOException e) {
    return new GatehouseException(
        StandardErrorCode.CONFIGURATION_INVALID,
        "The password file '" + file + "' cannot be read.",
        "Create it for the user the gateway runs as, with mode 0600.",
        e);
  }
}
