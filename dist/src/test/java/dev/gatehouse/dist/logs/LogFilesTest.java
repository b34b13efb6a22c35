package dev.gatehouse.dist.logs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log files of the bundle, as an operator reads them. */
class LogFilesTest {

  private static final Pattern FENCED =
      Pattern.compile("```sh[^\n]*\n(cat [^\n]*jq [^\n]*)\n```", Pattern.DOTALL);

  @TempDir Path work;

  @Test
  void theLineOfTheDocumentationReadsRealFilesWithJq() throws Exception {
    assumeTrue(onPath("jq"), "jq is not installed");
    var secret =
        Files.writeString(work.resolve("relay.secret"), "0123456789abcdef0123456789abcdef");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    var logs = work.resolve("logs");
    Files.writeString(
        work.resolve("relay.toml"),
        """
        state-directory = "state"

        [relay]
        secret-file = "relay.secret"
        listen = ["127.0.0.1:0"]
        tcp = false
        public-addresses = ["127.0.0.1"]
        """);
    var relay =
        new ProcessBuilder(Bundle.program().toString(), "relay", "--config", "relay.toml")
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("said").toFile());
    relay.environment().put("LOGS_DIRECTORY", logs.toString());
    var process = relay.start();
    try {
      process.getOutputStream().close();
      awaitReady(process);
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    var page = Files.readString(Bundle.sources().resolve("docs/logs.md"));
    var line = FENCED.matcher(page);
    assertThat(line.find()).as("the line with jq in docs/logs.md").isTrue();
    var read = read(line.group(1), logs);
    assertThat(read)
        .allMatch(text -> text.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z (INFO|WARNING) \\S.*"))
        .anyMatch(text -> text.endsWith("INFO log file begins"))
        .anyMatch(text -> text.endsWith("INFO gatehouse ready"))
        .anyMatch(text -> text.endsWith("INFO gatehouse stopped"));
    var facts = read("head -n 1 gatehouse-relay.log | jq -r 'keys[]'", logs);
    assertThat(facts).contains("version", "revision", "java", "system", "plugins");
  }

  private void awaitReady(Process process) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!Files.readString(work.resolve("said")).contains("gatehouse ready")) {
      assertThat(process.isAlive() && System.nanoTime() < end)
          .as(Files.readString(work.resolve("said")))
          .isTrue();
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  private static List<String> read(String command, Path directory) throws Exception {
    var process =
        new ProcessBuilder("sh", "-c", command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    var lines = new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
    return lines;
  }

  private static boolean onPath(String program) {
    return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
