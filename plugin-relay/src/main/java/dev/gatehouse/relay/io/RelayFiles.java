package dev.gatehouse.relay.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.relay.RelayConfig;
import dev.gatehouse.relay.core.turn.FirezoneCredentials;
import dev.gatehouse.relay.core.turn.Realm;
import dev.gatehouse.relay.core.turn.SharedSecretCredentials;
import dev.gatehouse.relay.core.turn.StaticCredentials;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/** Reads the files the configuration names. */
final class RelayFiles {

  private static final int LONGEST = 1 << 20;

  private RelayFiles() {}

  /** The realms, in the order in which they are offered. */
  static List<Realm> realms(RelayConfig.Access access) {
    var realms = new ArrayList<Realm>();
    access
        .firezoneSecretFile()
        .ifPresent(file -> {
          var secret = secret(file);
          realms.add(new Realm("firezone", new FirezoneCredentials(secret), false));
          Arrays.fill(secret, (byte) 0);
        });
    access
        .secretFile()
        .ifPresent(file -> {
          var secret = secret(file);
          realms.add(new Realm(access.realm(), new SharedSecretCredentials(secret), true));
          Arrays.fill(secret, (byte) 0);
        });
    access
        .usersFile()
        .ifPresent(file -> realms.add(new Realm(access.usersRealm(), users(file), true)));
    return realms;
  }

  private static StaticCredentials users(Path file) {
    var passwords = new HashMap<String, byte[]>();
    int number = 0;
    for (var line : new String(secretBytes(file), UTF_8).lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (colon < 1 || colon == line.length() - 1) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "Line " + number + " of " + file + " is not a user and a password.",
            "Write it as user:password.");
      }
      if (passwords.put(line.substring(0, colon), line.substring(colon + 1).getBytes(UTF_8))
          != null) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "Line " + number + " of " + file + " names a user that was named before.",
            "Remove one of the two.");
      }
    }
    return new StaticCredentials(passwords);
  }

  /** A file's content without the white space around it. */
  private static byte[] secret(Path file) {
    var bytes = secretBytes(file);
    int from = 0;
    int to = bytes.length;
    while (from < to && isSpace(bytes[from])) {
      from++;
    }
    while (to > from && isSpace(bytes[to - 1])) {
      to--;
    }
    var secret = Arrays.copyOfRange(bytes, from, to);
    Arrays.fill(bytes, (byte) 0);
    if (secret.length < 16) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The secret in " + file + " has " + secret.length + " bytes, which can be guessed.",
          "Use 16 bytes or more, for example from 'openssl rand -hex 32'.");
    }
    return secret;
  }

  private static byte[] secretBytes(Path file) {
    try {
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
          && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "Every user of this machine may read " + file + ", which holds secrets.",
            "Run 'chmod 0600 " + file + "', and make a new secret if others were on the machine.");
      }
      return read(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Makes sure that a file can be read.
   *
   * @param what it is, for the message
   */
  static Path readable(Path file, String what) {
    try {
      if (!new String(read(file), UTF_8).contains("-----BEGIN ")) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "The " + what + " " + file + " is not a PEM file.",
            "Name a file that begins with -----BEGIN in [relay].");
      }
      return file;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static byte[] read(Path file) throws IOException {
    if (Files.size(file) > LONGEST) {
      throw new IOException("it is larger than 1 MiB");
    }
    return Files.readAllBytes(file);
  }

  private static GatehouseException unreadable(Path file, IOException cause) {
    return new GatehouseException(
        StandardErrorCode.CONFIGURATION_UNREADABLE,
        cause instanceof NoSuchFileException
            ? "The file " + file + ", which [relay] names, does not exist."
            : "The file "
                + file
                + ", which [relay] names, cannot be read ("
                + cause.getClass().getSimpleName()
                + ").",
        "Name another one, or let the relay's user read it.",
        cause);
  }

  private static boolean isSpace(byte octet) {
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
  }
}
