package dev.gatehouse.store.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and directories that only their owner may use, where the system knows permissions. */
final class PrivateFiles {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private PrivateFiles() {}

  /** Opens a file for reading and writing; 0600 from its first moment on. */
  static FileChannel openOrCreate(Path file) throws IOException {
    create(file);
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Creates an empty file with mode 0600, or gives an existing one that mode. */
  static void create(Path file) throws IOException {
    if (Files.exists(file)) {
      restrict(file);
    } else {
      Files.createFile(file, attributes(file, FILE));
    }
  }

  /** Creates a file with mode 0600 that must not exist yet. */
  static void createNew(Path file) throws IOException {
    Files.createFile(file, attributes(file, FILE));
  }

  /** Creates a directory with mode 0700 unless it exists. */
  static void createDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory, attributes(directory, DIRECTORY));
    }
  }

  private static void restrict(Path file) throws IOException {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view != null && !view.readAttributes().permissions().equals(FILE)) {
      view.setPermissions(FILE);
    }
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }
}
