package dev.gatehouse.crypto.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.crypto.core.Curve25519;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The private key on disk: 44 characters of base64, as {@code wg genkey} prints them. */
final class KeyFile {

  /** A key file is 45 bytes; what is much longer is something else. */
  private static final int LONGEST = 256;

  private static final String HOW_TO_MAKE =
      "Write a key with 'gatehouse keygen > FILE' under umask 077 and name that file.";

  private KeyFile() {}

  /**
   * Reads a key.
   *
   * @throws GatehouseException if the file is missing, open to others, or holds no key
   */
  static SecretKey read(Path file) {
    refuseOpenFile(file);
    byte[] text = new byte[0];
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      text = new byte[LONGEST];
      int length = readFully(channel, ByteBuffer.wrap(text));
      var exact = Arrays.copyOf(text, length);
      try {
        return SecretKey.parse(exact);
      } finally {
        Arrays.fill(exact, (byte) 0);
      }
    } catch (NoSuchFileException e) {
      throw unreadable("The private key file " + file + " does not exist.", HOW_TO_MAKE, e);
    } catch (IOException e) {
      throw unreadable(
          "The private key file " + file + " cannot be read.",
          "Give the user that runs the gateway the right to read it: 'chown USER " + file + "'.",
          e);
    } catch (GatehouseException e) {
      throw unreadable(
          "The file " + file + " does not hold a private key.",
          "It must hold the 44 characters that 'gatehouse keygen' or 'wg genkey' prints, and"
              + " nothing else.",
          e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static int readFully(FileChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining() && channel.read(into) >= 0) {
      // until the end of the file or of the room
    }
    return into.position();
  }

  private static void refuseOpenFile(Path file) {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null || !Files.exists(file)) {
      return;
    }
    try {
      var permissions = EnumSet.noneOf(PosixFilePermission.class);
      permissions.addAll(view.readAttributes().permissions());
      permissions.removeAll(
          Set.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));
      if (isCredential(file, System.getenv("CREDENTIALS_DIRECTORY"))) {
        // The access list with which systemd lets the service's user in shows as the group's right.
        permissions.remove(PosixFilePermission.GROUP_READ);
      }
      if (!permissions.isEmpty()) {
        throw unreadable(
            "The private key file " + file + " is open to other users than its owner.",
            "Close it with 'chmod 600 " + file + "', and replace the key if others may have it.",
            null);
      }
    } catch (IOException e) {
      throw unreadable(
          "The permissions of the private key file " + file + " cannot be read.",
          "Look at it with 'ls -l " + file + "'.",
          e);
    }
  }

  /** Whether systemd has put the file where only the service's user can come. */
  static boolean isCredential(Path file, @Nullable String directory) {
    return directory != null
        && Path.of(directory).normalize().equals(file.toAbsolutePath().normalize().getParent());
  }

  /**
   * Makes a key in a new file that only its owner can read. If another process was faster, its key
   * is taken.
   */
  static SecretKey generate(Path file, RandomGenerator random) {
    var bytes = Curve25519.generatePrivateKey(random);
    var key = SecretKey.of(bytes);
    Arrays.fill(bytes, (byte) 0);
    var text = key.toBase64();
    var temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(temporary);
      write(temporary, text);
      try {
        Files.createLink(file, temporary);
      } catch (FileAlreadyExistsException e) {
        key.close();
        return read(file);
      } catch (UnsupportedOperationException | IOException e) {
        Files.move(temporary, file);
      }
      return key;
    } catch (IOException e) {
      key.close();
      throw unreadable(
          "A private key could not be written to " + file + ".",
          "Make the directory writable for the user that runs the gateway, or name a key file with"
              + " private-key-file.",
          e);
    } finally {
      Arrays.fill(text, (byte) 0);
      deleteQuietly(temporary);
    }
  }

  private static void write(Path file, byte[] text) throws IOException {
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var channel =
        posix ? FileChannel.open(file, options, ownerOnly) : FileChannel.open(file, options)) {
      var line = ByteBuffer.allocate(text.length + 1).put(text).put((byte) '\n').flip();
      while (line.hasRemaining()) {
        channel.write(line);
      }
      Arrays.fill(line.array(), (byte) 0);
      channel.force(true);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // an empty-handed leftover next to the key, readable by its owner only
    }
  }

  private static GatehouseException unreadable(
      String problem, String fix, @Nullable Throwable cause) {
    return new GatehouseException(StandardErrorCode.KEY_UNREADABLE, problem, fix, cause);
  }
}
