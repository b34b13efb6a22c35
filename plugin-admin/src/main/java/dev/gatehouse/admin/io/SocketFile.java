package dev.gatehouse.admin.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a Unix domain socket. It is bound inside a fresh directory of mode 0700, gets mode
 * 0600 there and only then its final name, so that there is no moment in which others may connect.
 */
final class SocketFile {

  private static final Logger log = LoggerFactory.getLogger(SocketFile.class);

  /** {@code sun_path} in {@code sockaddr_un} has 108 bytes, the last one zero. */
  private static final int MAX_PATH_BYTES = 107;

  private final Path target;
  private final Path nursery;
  private final String what;
  private final String setting;
  private final String directoryMode;
  private @Nullable Object fileKey;

  /** The socket of the admin API. */
  SocketFile(Path target) {
    this(target, "The admin socket", "[admin] socket", "rwx------");
  }

  /**
   * The socket that {@code wg} looks for. Everybody may see which ones there are, as with the
   * reference; nobody but the owner may connect.
   */
  static SocketFile forWg(Path target) {
    return new SocketFile(target, "The socket for wg", "[admin] uapi-directory", "rwxr-xr-x");
  }

  private SocketFile(Path target, String what, String setting, String directoryMode) {
    this.what = what;
    this.setting = setting;
    this.directoryMode = directoryMode;
    this.target = target.toAbsolutePath().normalize();
    var parent = this.target.getParent();
    if (parent == null) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "'" + target + "' cannot be the path of a socket.",
          "Set " + setting + " to a file in a directory of the gateway's own.");
    }
    this.nursery = parent.resolve("." + this.target.getFileName() + ".new");
    if (bindPath().toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The path " + this.target + " is too long for a Unix socket.",
          "Set " + setting + " to a shorter one, for example in /run/gatehouse.");
    }
  }

  Path target() {
    return target;
  }

  /** Where to bind. */
  Path bindPath() {
    return nursery.resolve("s");
  }

  /**
   * Makes room for the socket.
   *
   * @throws GatehouseException if someone answers at the path, if it is something else than a
   *     socket, or if the directory cannot be used
   */
  void prepare() {
    try {
      Files.createDirectories(nursery.resolveSibling(""), mode(directoryMode));
      refuseUnlessFree();
      clearNursery();
      Files.createDirectory(nursery, mode("rwx------"));
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Gives the bound socket its mode and its name, replacing what a dead gateway left behind. */
  void publish() {
    try {
      if (isPosix()) {
        Files.setPosixFilePermissions(bindPath(), PosixFilePermissions.fromString("rw-------"));
      }
      Files.move(
          bindPath(), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      fileKey = keyOf(target);
      Files.deleteIfExists(nursery);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Whether the socket still lies where it was put. */
  boolean isInPlace() {
    try {
      return fileKey == null || fileKey.equals(keyOf(target));
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes the socket unless someone else has put another one in its place. */
  void remove() {
    try {
      clearNursery();
      if (fileKey != null && isInPlace()) {
        Files.deleteIfExists(target);
      }
    } catch (IOException e) {
      log.atDebug().addKeyValue("path", target).setCause(e).log("socket not removed");
    }
    fileKey = null;
  }

  private void refuseUnlessFree() throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var attributes = attributes(target);
    if (!attributes.isOther()) {
      throw new GatehouseException(
          StandardErrorCode.ADDRESS_IN_USE,
          target + " exists and is not a socket.",
          "Move it away, or set " + setting + " to another path.");
    }
    if (isAnswered()) {
      throw new GatehouseException(
          StandardErrorCode.ADDRESS_IN_USE,
          "Another gateway answers at " + target + ".",
          "Stop it first, or give this one its own state-directory, interface name or "
              + setting
              + ".");
    }
    log.atDebug().addKeyValue("path", target).log("replacing the socket of a dead gateway");
  }

  private boolean isAnswered() throws IOException {
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      return probe.connect(UnixDomainSocketAddress.of(target)) || probe.isConnectionPending();
    } catch (ConnectException e) {
      return false;
    }
  }

  private void clearNursery() throws IOException {
    Files.deleteIfExists(bindPath());
    Files.deleteIfExists(nursery);
  }

  /** Why there can be no such socket. */
  GatehouseException unusable(Exception e) {
    boolean denied = e instanceof AccessDeniedException;
    return new GatehouseException(
        denied ? StandardErrorCode.PERMISSION_DENIED : StandardErrorCode.ADDRESS_IN_USE,
        what + " " + target + " cannot be made" + (denied ? ": access denied." : "."),
        "Check its directory, or set " + setting + " to a path this user may write.",
        e);
  }

  private static FileAttribute<?>[] mode(String mode) {
    return isPosix()
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static @Nullable Object keyOf(Path path) throws IOException {
    return attributes(path).fileKey();
  }
}
