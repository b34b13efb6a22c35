package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HexFormat;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a copy of a store as an SQL script that {@code psql -f} carries out: the tables and their
 * rows at one moment, without the change log. The store goes on working meanwhile.
 */
final class SqlBackup {

  private static final Logger log = LoggerFactory.getLogger(SqlBackup.class);

  private final Reader reader;
  private final String schema;

  SqlBackup(Reader reader, String schema) {
    this.reader = reader;
    this.schema = schema;
  }

  void write(Path file, Deadline deadline) {
    boolean done = false;
    var created = new AtomicBoolean();
    try {
      reader.copy(
          deadline,
          c -> {
            createPrivate(file);
            created.set(true);
            try (var out =
                Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.WRITE)) {
              write(out, c, deadline);
            } catch (IOException e) {
              throw unwritable(file, e);
            }
            return true;
          });
      done = true;
    } catch (UncheckedIOException e) {
      throw unwritable(file, e);
    } finally {
      if (created.get() && !done) {
        remove(file);
      }
    }
  }

  private static void createPrivate(Path file) {
    try {
      var attributes =
          file.getFileSystem().supportedFileAttributeViews().contains("posix")
              ? new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
              }
              : new FileAttribute<?>[0];
      Files.createFile(file, attributes);
    } catch (FileAlreadyExistsException e) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The file '" + file + "' exists.",
          "Name a new file for the backup.",
          e);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static GatehouseException unwritable(Path file, Exception e) {
    return new GatehouseException(
        StandardErrorCode.STORE_UNAVAILABLE,
        "The backup '" + file + "' cannot be written.",
        "Name a file in an existing directory with free space that the gateway's user may write.",
        e);
  }

  private void write(BufferedWriter out, Connection c, Deadline deadline)
      throws IOException, SQLException {
    var name = "\"" + schema + "\"";
    out.write("-- A backup of Gatehouse's store. Restore into a database without this schema:\n");
    out.write("--   psql --single-transaction -v ON_ERROR_STOP=1 -d DATABASE -f THIS-FILE\n");
    out.write("set standard_conforming_strings = on;\n");
    out.write("set client_encoding = 'UTF8';\n");
    out.write("create schema " + name + ";\nset search_path = " + name + ";\n");
    out.write(
        "create table schema_versions (version integer primary key,"
            + " applied_at timestamptz not null default now());\n");
    out.write("insert into schema_versions (version) values (" + Schema.VERSION + ");\n");
    for (var statement : Schema.allStatements()) {
      out.write(statement + ";\n");
    }
    rows(
        out,
        c,
        deadline,
        "state",
        "select identity, version, version as floor, seen_s, seen_n, clock_steps from state");
    rows(out, c, deadline, "clients", "select " + Rows.CLIENT + " from clients order by id");
    rows(out, c, deadline, "resources", "select " + Rows.RESOURCE + " from resources order by id");
    rows(
        out,
        c,
        deadline,
        "authorizations",
        "select " + Rows.AUTHORIZATION + " from authorizations order by client, resource");
  }

  private void rows(
      BufferedWriter out, Connection c, Deadline deadline, String table, String select)
      throws SQLException {
    reader.stream(
        c,
        deadline,
        select,
        row -> {
          try {
            insert(out, table, row);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return table;
        });
  }

  private static void insert(BufferedWriter out, String table, ResultSet row)
      throws IOException, SQLException {
    var meta = row.getMetaData();
    var columns = new StringJoiner(", ");
    var values = new StringJoiner(", ");
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      columns.add(meta.getColumnLabel(i));
      values.add(literal(row, i, meta.getColumnType(i)));
    }
    out.write("insert into " + table + " (" + columns + ") values (" + values + ");\n");
  }

  private static String literal(ResultSet row, int column, int type) throws SQLException {
    if (type == Types.BINARY) {
      var bytes = row.getBytes(column);
      return bytes == null ? "null" : "'\\x" + HexFormat.of().formatHex(bytes) + "'";
    }
    var text = row.getString(column);
    if (text == null) {
      return "null";
    }
    return type == Types.BIGINT || type == Types.INTEGER
        ? text
        : "'" + text.replace("'", "''") + "'";
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.atWarn().setCause(e).log("incomplete backup could not be removed");
    }
  }
}
