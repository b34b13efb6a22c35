package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sentences that docs/plugins.md has, by section and name. */
final class Documented {

  private static final Path PAGE = Path.of("../docs/plugins.md");
  private static final Pattern ROW = Pattern.compile("\\| `([a-z-]+)` \\| (.+) \\|");

  private Documented() {}

  /** The rows of one section. */
  static Map<String, String> sentences(String section) throws IOException {
    var sentences = new LinkedHashMap<String, String>();
    boolean inside = false;
    for (var line : Files.readAllLines(PAGE)) {
      if (line.startsWith("## ")) {
        inside = line.equals("## " + section);
      }
      var row = ROW.matcher(line);
      if (inside && row.matches()) {
        sentences.put(row.group(1), row.group(2));
      }
    }
    return sentences;
  }

  /** Fails unless the section has this sentence; {@code …} stands for any text. */
  static void assertSays(String section, String name, String sentence) throws IOException {
    assertThat(sentences(section)).as("rows of " + PAGE).containsKey(name);
    var pattern =
        Stream.of(sentences(section).getOrDefault(name, "").split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    assertThat(sentence).matches(pattern);
  }
}
