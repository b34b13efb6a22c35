package dev.gatehouse.launcher.remote;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** A status as people read it: one fact per line, nested ones indented, empty ones left out. */
final class Facts {

  private Facts() {}

  static void print(PrintStream out, String indent, Map<?, ?> facts) {
    facts.forEach((key, value) -> {
      switch (value) {
        case Map<?, ?> map -> {
          if (!map.isEmpty()) {
            out.println(indent + key + ":");
            print(out, indent + "  ", map);
          }
        }
        case List<?> list ->
            out.println(
                indent + key + ": " + Words.list(list.stream().map(String::valueOf).toList()));
        default -> out.println(indent + key + ": " + value);
      }
    });
  }
}
