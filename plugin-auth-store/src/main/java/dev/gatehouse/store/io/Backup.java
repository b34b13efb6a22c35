package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.core.Contents;
import dev.gatehouse.store.core.Timeline;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a copy of a store as a new SQLite file: complete, in the order of keys, without a change
 * log. The store goes on working meanwhile.
 */
final class Backup {

  private static final Logger log = LoggerFactory.getLogger(Backup.class);

  private Backup() {}

  static void write(
      Path file,
      Contents contents,
      Timeline.Saved timeline,
      Path stateDirectory,
      BooleanSupplier late) {
    NativeLibrary.load(stateDirectory);
    try {
      PrivateFiles.createNew(file);
    } catch (FileAlreadyExistsException e) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The file '" + file + "' exists.",
          "Name a new file for the backup.",
          e);
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The backup '" + file + "' cannot be created.",
          "Name a file in an existing directory that the gateway's user may write.",
          e);
    }
    boolean done = false;
    try (var copy = SqliteDatabase.open(file)) {
      copy.create();
      copy.begin();
      long rowsSeal = SqliteJournal.fill(copy, contents, late);
      copy.writeState(
          new SqliteDatabase.State(contents.version(), contents.version(), rowsSeal, timeline));
      copy.commit();
      copy.becomeOneFile();
      done = true;
    } catch (SQLException e) {
      throw SqliteFailures.whileWriting(file, e);
    } finally {
      if (!done) {
        remove(file);
      }
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-wal"));
    } catch (IOException e) {
      log.atWarn().setCause(e).log("incomplete backup could not be removed");
    }
  }
}
