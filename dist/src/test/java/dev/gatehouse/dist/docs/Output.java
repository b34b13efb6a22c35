package dev.gatehouse.dist.docs;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compares what a page shows with what was printed. The lines have to follow each other somewhere
 * in what was printed. White space counts as one space. {@code …} in a line stands for any text, on
 * a line of its own for any number of lines.
 */
final class Output {

  private Output() {}

  static boolean shows(String printed, String shown) {
    var normal = printed.lines().map(Output::normal).collect(Collectors.joining("\n", "", "\n"));
    return Pattern.compile(pattern(shown), Pattern.MULTILINE).matcher(normal).find();
  }

  private static String pattern(String shown) {
    var pattern = new StringBuilder("^");
    for (var line : shown.lines().map(Output::normal).toList()) {
      if (line.equals("…")) {
        pattern.append("(?:.*\n)*?");
      } else {
        for (var part : line.split("((?<=…)|(?=…))", -1)) {
          pattern.append(part.equals("…") ? ".*" : Pattern.quote(part));
        }
        pattern.append('\n');
      }
    }
    return pattern.toString();
  }

  private static String normal(String line) {
    return line.replaceAll("\\s+", " ").strip();
  }
}
