package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.core.Timeline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done to the files of a store that is not open. */
public final class SqliteFiles {

  private static final Logger log = LoggerFactory.getLogger(SqliteFiles.class);
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private SqliteFiles() {}

  /** Whether a file begins as an SQLite database does. */
  public static boolean isDatabase(Path file) {
    try (var in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    } catch (IOException e) {
      return false;
    }
  }

  /** Copies a backup to where it can be opened without changing it; mode 0600. */
  public static void copy(Path backup, Path to) {
    try {
      PrivateFiles.createNew(to);
      try (var in = Files.newInputStream(backup);
          var out = Files.newOutputStream(to)) {
        in.transferTo(out);
      }
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The backup '" + backup + "' cannot be copied to '" + to + "'.",
          "Check that it may be read and that there is space for a copy.",
          e);
    }
  }

  /**
   * Renames the files of a store and puts an empty database in their place that goes on where the
   * old one had come to, whatever state that is in.
   *
   * @return the new name of the old database; empty if there is none
   * @throws GatehouseException if someone uses it, or it cannot be renamed
   */
  public static Optional<Path> putAway(Path file, Path stateDirectory, Instant now) {
    NativeLibrary.load(stateDirectory);
    var head = SqliteJournal.headOf(file);
    if (!Files.exists(file) && !Files.exists(head)) {
      return Optional.empty();
    }
    try {
      var state = stateOf(file);
      long version = state.map(s -> s.version()).orElse(0L);
      if (Files.exists(head)) {
        try (var headFile = new HeadFile(head)) {
          version = Math.max(version, headFile.read().map(h -> h.version()).orElse(0L));
        }
      }
      var timeline =
          state.map(s -> s.timeline()).orElseGet(() -> new Timeline.Saved(now, Duration.ZERO));
      var fresh = file.resolveSibling(file.getFileName() + ".new");
      createEmpty(fresh, version + SqliteJournal.JUMP, timeline);
      var aside =
          unused(file.resolveSibling(file.getFileName() + ".put-away-" + STAMP.format(now)));
      // The head stays until there is something newer than it: it forbids an empty store before.
      copyIfThere(head, beside(aside, ".head"));
      moveIfThere(beside(file, "-wal"), beside(aside, "-wal"));
      moveIfThere(file, aside);
      Files.deleteIfExists(beside(file, "-shm"));
      Files.move(fresh, file);
      Files.deleteIfExists(head);
      return Optional.of(aside);
    } catch (SQLException e) {
      throw SqliteFailures.whileOpening(file, e);
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The store '" + file + "' cannot be put aside.",
          "Check that its directory may be written and has space, and try again.",
          e);
    }
  }

  /** How far a database has come; empty if it cannot say so. Fails only if it is in use. */
  private static Optional<SqliteDatabase.State> stateOf(Path file) throws SQLException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (var database = SqliteDatabase.open(file)) {
      return database.state();
    } catch (SQLException e) {
      if (SqliteFailures.isInUse(e)) {
        throw e;
      }
      log.atDebug().setCause(e).log("the database cannot say how far it has come");
      return Optional.empty();
    }
  }

  private static void createEmpty(Path file, long version, Timeline.Saved timeline)
      throws SQLException, IOException {
    Files.deleteIfExists(file);
    PrivateFiles.createNew(file);
    try (var database = SqliteDatabase.open(file)) {
      database.create();
      database.begin();
      database.writeState(new SqliteDatabase.State(version, version, 0, timeline));
      database.commit();
      database.becomeOneFile();
    }
  }

  private static Path unused(Path wanted) {
    var path = wanted;
    for (int n = 2; Files.exists(path); n++) {
      path = beside(wanted, "-" + n);
    }
    return path;
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static void moveIfThere(Path from, Path to) throws IOException {
    if (Files.exists(from)) {
      Files.move(from, to);
    }
  }

  private static void copyIfThere(Path from, Path to) throws IOException {
    if (Files.exists(from)) {
      PrivateFiles.createNew(to);
      Files.write(to, Files.readAllBytes(from));
    }
  }
}
