package dev.gatehouse.store.postgres.io;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Rows on their way to the server, as one array per column. */
final class Columns {

  private final String[] types;
  private final List<@Nullable Object[]> rows = new ArrayList<>();

  Columns(String... types) {
    this.types = types;
  }

  Columns add(@Nullable Object... row) {
    rows.add(row);
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** {@code unnest(?::text[], …)}: the rows as a table. */
  String unnest() {
    return Stream.of(types)
        .map(type -> "?::" + type + "[]")
        .collect(Collectors.joining(", ", "unnest(", ")"));
  }

  /** As many parameters as there are columns, for a statement that takes them one by one. */
  static String parameters(int count) {
    return String.join(", ", Collections.nCopies(count, "?"));
  }

  /** Binds the arrays from a parameter on; returns the number of the next one. */
  int bind(Connection connection, PreparedStatement statement, int first) throws SQLException {
    for (int column = 0; column < types.length; column++) {
      statement.setArray(first + column, connection.createArrayOf(types[column], values(column)));
    }
    return first + types.length;
  }

  private @Nullable Object[] values(int column) {
    @Nullable Object[] values =
        switch (types[column]) {
          case "text" -> new @Nullable String[rows.size()];
          case "bytea" -> new byte[rows.size()][];
          case "int8" -> new @Nullable Long[rows.size()];
          case "int4" -> new @Nullable Integer[rows.size()];
          default -> throw new IllegalStateException("no arrays of " + types[column]);
        };
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i)[column];
    }
    return values;
  }
}
