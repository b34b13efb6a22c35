package dev.gatehouse.launcher.remote;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows with aligned columns. */
final class Table {

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... titles) {
    rows.add(List.of(titles));
  }

  /** Adds a row with as many cells as there are titles. */
  void row(String... cells) {
    rows.add(List.of(cells));
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  void print(PrintStream out) {
    int columns = rows.getFirst().size();
    var widths = new int[columns];
    for (var row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    for (var row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        var cell = row.get(i);
        line.append(cell);
        if (i < columns - 1) {
          line.repeat(' ', widths[i] - width(cell) + 2);
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
