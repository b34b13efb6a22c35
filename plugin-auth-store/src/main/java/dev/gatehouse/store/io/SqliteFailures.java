package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What SQLite reports, as sentences with a fix. */
final class SqliteFailures {

  private SqliteFailures() {}

  private static int primary(SQLException e) {
    return e.getErrorCode() & 0xff;
  }

  private static boolean is(SQLException e, SQLiteErrorCode code) {
    return primary(e) == code.code;
  }

  /** Whether another process has the file. */
  static boolean isInUse(SQLException e) {
    return is(e, SQLiteErrorCode.SQLITE_BUSY) || is(e, SQLiteErrorCode.SQLITE_LOCKED);
  }

  /** Whether the connection should not be trusted any more. */
  static boolean breaksConnection(SQLException e) {
    return !is(e, SQLiteErrorCode.SQLITE_FULL) && !is(e, SQLiteErrorCode.SQLITE_CONSTRAINT);
  }

  /** A failure while the store is being opened. */
  static GatehouseException whileOpening(Path file, SQLException e) {
    if (isInUse(e)) {
      return new GatehouseException(
          StandardErrorCode.STATE_LOCKED,
          "The store '" + file + "' is in use by another process.",
          "Stop the other gateway, or give this one a state directory of its own.",
          e);
    }
    if (is(e, SQLiteErrorCode.SQLITE_CORRUPT) || is(e, SQLiteErrorCode.SQLITE_NOTADB)) {
      return damaged(file, "it is not a sound SQLite database", e);
    }
    if (is(e, SQLiteErrorCode.SQLITE_CANTOPEN)
        || is(e, SQLiteErrorCode.SQLITE_PERM)
        || is(e, SQLiteErrorCode.SQLITE_READONLY)) {
      return new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The store '" + file + "' cannot be opened for writing.",
          "Give the file and its directory to the user the gateway runs as, on a disk that is"
              + " mounted for writing.",
          e);
    }
    return whileWriting(file, e);
  }

  /** A failure while changes are written. */
  static GatehouseException whileWriting(Path file, SQLException e) {
    if (is(e, SQLiteErrorCode.SQLITE_FULL)) {
      return unavailable("The disk with the store '" + file + "' is full.", "Free some space.", e);
    }
    if (is(e, SQLiteErrorCode.SQLITE_READONLY)
        || is(e, SQLiteErrorCode.SQLITE_CANTOPEN)
        || (is(e, SQLiteErrorCode.SQLITE_IOERR) && !canBeWritten(file))) {
      return unavailable(
          "The store '" + file + "' cannot be written.",
          "Mount its disk for writing, and give the file to the user the gateway runs as.",
          e);
    }
    if (isInUse(e)) {
      return unavailable(
          "The store '" + file + "' is locked by another process.", "End that process.", e);
    }
    if (is(e, SQLiteErrorCode.SQLITE_CORRUPT) || is(e, SQLiteErrorCode.SQLITE_NOTADB)) {
      return unavailable(
          "The store '" + file + "' was damaged while in use.",
          "Check the disk, then restore a backup.",
          e);
    }
    return unavailable(
        "The disk with the store '" + file + "' reports an error.",
        "Check the disk and the system's log.",
        e);
  }

  /** SQLite reports a disk that was made read-only under an open file as just any error. */
  private static boolean canBeWritten(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return channel.isOpen();
    } catch (IOException e) {
      return false;
    }
  }

  /** Something that must not be trusted. */
  static GatehouseException damaged(Path file, String how, Throwable e) {
    return new GatehouseException(
        StandardErrorCode.STATE_UNREADABLE,
        "The store '" + file + "' is damaged: " + how + ".",
        "Restore a backup; until then nothing is authorized.",
        e);
  }

  private static GatehouseException unavailable(String problem, String fix, SQLException e) {
    return new GatehouseException(StandardErrorCode.STORE_UNAVAILABLE, problem, fix, e);
  }
}
