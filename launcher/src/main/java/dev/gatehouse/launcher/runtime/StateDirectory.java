package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory where one gateway keeps its state, locked against every other one.
 *
 * <p>Locks of the operating system belong to a process, and closing any descriptor of a locked file
 * gives up the process's lock. A second gateway in the same process must therefore never touch the
 * lock file; a file named after the process, created exclusively, keeps it away.
 */
public final class StateDirectory implements AutoCloseable {

  private static final String LOCK = "lock";
  private static final long LOCKED_BYTE = 1L << 30; // behind the text, which others may read

  private final Path path;
  private final Path marker;
  private final FileChannel channel;

  private StateDirectory(Path path, Path marker, FileChannel channel) {
    this.path = path;
    this.marker = marker;
    this.channel = channel;
  }

  /**
   * Creates the directory if needed, checks who may write to it, and locks it.
   *
   * @throws GatehouseException if it cannot be used or another gateway uses it
   */
  public static StateDirectory open(Path wanted) {
    try {
      var path = created(wanted.toAbsolutePath().normalize());
      check(path);
      return locked(path);
    } catch (AccessDeniedException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The state directory " + wanted + " may not be used by this user.",
          "Run Gatehouse as its owner, or set state-directory to another one.",
          e);
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "The state directory "
              + wanted
              + " cannot be used ("
              + e.getClass().getSimpleName()
              + ": "
              + e.getMessage()
              + ").",
          "Set state-directory to one that can.",
          e);
    }
  }

  /** Where it is, without symbolic links. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // the system releases the lock with the process at the latest
    }
    try {
      Files.deleteIfExists(marker); // last, because it lets others of this process at the lock
    } catch (IOException e) {
      // its name holds this process's start, so it stands in nobody's way after the process
    }
  }

  private static Path created(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      var parent = path.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try {
        Files.createDirectory(path, ownerOnly(path, "rwx------"));
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(path)) {
          throw new GatehouseException(
              StandardErrorCode.STATE_UNREADABLE,
              "The state directory " + path + " is not a directory.",
              "Remove the file, or set state-directory to a directory.",
              e);
        }
      }
    }
    return path.toRealPath();
  }

  private static void check(Path path) throws IOException {
    if (WindowsAccess.applies(path)) {
      var stranger = WindowsAccess.stranger(path);
      if (stranger.isPresent()) {
        throw new GatehouseException(
            StandardErrorCode.STATE_UNREADABLE,
            stranger.get().getName()
                + " may use the state directory "
                + path
                + ", and so could grant access.",
            "Run 'icacls \""
                + path
                + "\" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F' as"
                + " administrator and check what is in it, or set state-directory.");
      }
    }
    if (!isPosix(path)) {
      return;
    }
    var permissions = Files.getPosixFilePermissions(path);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "Other users may write to the state directory " + path + ", and so could grant access.",
          "Run 'chmod 0700 " + path + "' and check what is in it, or set state-directory.");
    }
  }

  private static StateDirectory locked(Path path) throws IOException {
    var marker = claimed(path);
    @Nullable FileChannel channel = null;
    boolean ready = false;
    try {
      var lock = path.resolve(LOCK);
      channel =
          FileChannel.open(
              lock,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              ownerOnly(path, "rw-------"));
      if (channel.tryLock(LOCKED_BYTE, 1, false) == null) {
        throw inUse(path, "process " + holder(channel));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
          0);
      forgetOthers(path, marker);
      ready = true;
      return new StateDirectory(path, marker, channel);
    } finally {
      if (!ready) {
        if (channel != null) {
          channel.close();
        }
        Files.deleteIfExists(marker);
      }
    }
  }

  /** Makes sure that no other gateway of this process gets near the lock file. */
  private static Path claimed(Path path) throws IOException {
    var process = ProcessHandle.current();
    long started = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    var marker = path.resolve("." + LOCK + "-" + process.pid() + "-" + started);
    try {
      return Files.createFile(marker, ownerOnly(path, "rw-------"));
    } catch (FileAlreadyExistsException e) {
      throw inUse(path, "this process, " + process.pid());
    }
  }

  /** Removes what crashed processes left; called with the lock held. */
  private static void forgetOthers(Path path, Path own) throws IOException {
    try (var left = Files.newDirectoryStream(path, "." + LOCK + "-*-*")) {
      for (var marker : left) {
        if (!marker.equals(own) && !isRunning(marker)) {
          Files.deleteIfExists(marker);
        }
      }
    }
  }

  private static boolean isRunning(Path marker) {
    var pid = marker.getFileName().toString().split("-", 3)[1];
    return pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isPresent();
  }

  private static String holder(FileChannel channel) throws IOException {
    var text = ByteBuffer.allocate(20);
    channel.read(text, 0);
    var pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    return pid.matches("[0-9]+") ? pid : "unknown";
  }

  private static GatehouseException inUse(Path path, String holder) {
    return new GatehouseException(
        StandardErrorCode.STATE_LOCKED,
        "Another gateway is using the state directory " + path + " (" + holder + ").",
        "Stop it first, or set state-directory to another one.");
  }

  private static FileAttribute<?>[] ownerOnly(Path near, String mode) throws IOException {
    var existing = Files.exists(near) ? near : near.getParent();
    if (existing != null && !Files.exists(near) && WindowsAccess.applies(existing)) {
      // Only for the directory: what is in it inherits.
      return new FileAttribute<?>[] {WindowsAccess.administratorsOnly()};
    }
    return existing != null && isPosix(existing)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        }
        : new FileAttribute<?>[0];
  }

  /** Asks the file system, not the mount: in a changed root, the mount may not be visible. */
  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
