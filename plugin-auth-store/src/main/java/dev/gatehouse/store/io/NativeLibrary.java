package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads SQLite's native library from a private directory instead of the shared temporary one, which
 * may be mounted without the right to execute. The driver takes the directory from a property of
 * the whole JVM, so it is set for the moment of loading only, and not at all if someone has set it.
 */
final class NativeLibrary {

  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);
  private static final String PROPERTY = "org.sqlite.tmpdir";
  private static final Object LOADING = new Object();

  private NativeLibrary() {}

  /**
   * Loads the library unless this JVM has done so already.
   *
   * @return what processes that were killed have left in the directory; to be removed once it is
   *     sure that no other process works in it
   */
  static Set<Path> load(Path stateDirectory) {
    var directory = stateDirectory.resolve("sqlite-native");
    synchronized (LOADING) {
      boolean ours = System.getProperty(PROPERTY) == null;
      try {
        if (ours) {
          PrivateFiles.createDirectory(directory);
          System.setProperty(PROPERTY, directory.toString());
        }
        var before = filesIn(directory);
        if (!SQLiteJDBCLoader.initialize()) {
          throw new IOException("the loader gave up");
        }
        // Without a new file the library was loaded before, perhaps from one of these.
        return filesIn(directory).equals(before) ? Set.of() : before;
      } catch (Exception e) {
        throw new GatehouseException(
            StandardErrorCode.DEVICE_UNAVAILABLE,
            "SQLite's native library cannot be loaded from '" + directory + "'.",
            "Put the state directory on a file system without 'noexec', or start Java with -D"
                + PROPERTY
                + "=<a directory that allows it>.",
            e);
      } finally {
        if (ours) {
          System.clearProperty(PROPERTY);
          removeIfEmpty(directory);
        }
      }
    }
  }

  private static Set<Path> filesIn(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Set.of();
    }
    try (var files = Files.list(directory)) {
      return files.collect(Collectors.toSet());
    }
  }

  /** Removes files; one that resists does no harm. */
  static void remove(Set<Path> leftovers) {
    for (var file : leftovers) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        log.atDebug().setCause(e).addKeyValue("file", file).log("leftover could not be removed");
      }
    }
  }

  private static void removeIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // it holds the library
    } catch (IOException e) {
      // an empty directory does no harm
    }
  }
}
