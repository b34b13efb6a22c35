package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who follows docs/write-a-store.md word by word has a store of their own in the end. */
class WriteAStoreTest {

  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);
  private static final Path EXAMPLE = Bundle.sources().resolve("examples/file-store");

  @TempDir Path directory;

  private static List<String> blocks(String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(Bundle.sources().resolve("docs/write-a-store.md")))
        .results()
        .filter(found -> found.group(1).equals(language))
        .map(found -> found.group(2))
        .toList();
  }

  @Test
  void theCommandsLeadToAStoreThatKeepsTheContract() throws Exception {
    removeWhatWasBuilt();
    var script =
        Files.writeString(
            directory.resolve("walk-through.sh"),
            "set -euxo pipefail\n" + String.join("", blocks("sh")));
    var output = directory.resolve("output").toFile();
    var process =
        new ProcessBuilder("bash", script.toString())
            .directory(Bundle.sources().toFile())
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    process.getOutputStream().close();
    int code = process.waitFor();
    var said = Files.readString(output.toPath(), StandardCharsets.UTF_8);
    assertThat(code).as(said).isZero();
    assertThat(said)
        .contains("Keeps clients, resources and authorizations in one text file.")
        .contains("Everything is in order; nothing was opened.")
        .contains("The store is sound.")
        .contains("Added 1 client, 1 resource, 1 authorization");
    var report =
        EXAMPLE.resolve("target/surefire-reports/com.example.filestore.FileStoreContractTest.txt");
    assertThat(report).content().contains("Tests run: 39, Failures: 0, Errors: 0, Skipped: 0");
  }

  private static void removeWhatWasBuilt() throws IOException {
    var target = EXAMPLE.resolve("target");
    if (Files.exists(target)) {
      try (var files = Files.walk(target)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void theCodeThatIsShownIsTheExamples() throws IOException {
    var sources = new StringBuilder();
    try (var files = Files.walk(EXAMPLE.resolve("src"))) {
      for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        sources.append(Files.readString(file));
      }
    }
    assertThat(blocks("java")).hasSize(2).allMatch(block -> sources.indexOf(block) >= 0);
  }
}
