package dev.gatehouse.network.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the system's own programs, in a fixed language, with a limit in time and output. */
class Programs {

  private static final long SECONDS = 10;
  private static final int MOST_OUTPUT = 4096;

  /**
   * How a program ended.
   *
   * @param exitCode its exit code; -1 if it could not be started or did not end in time
   * @param output the beginning of what it said
   */
  record Ended(int exitCode, String output) {
    boolean isGood() {
      return exitCode == 0;
    }
  }

  /** Where a program is; services often run without the system directories in their path. */
  Optional<Path> find(String name) {
    var path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(
            Stream.of(path.split(":")).filter(each -> !each.isEmpty()),
            Stream.of("/usr/sbin", "/sbin", "/usr/bin", "/bin"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs a program to its end. */
  Ended run(String input, List<String> command) throws InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    try {
      var process = builder.start();
      try {
        // Both are far smaller than a pipe's buffer, so neither side waits for the other.
        try (var in = process.getOutputStream()) {
          in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
          // It ended without reading everything; what it says tells why.
        }
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          return new Ended(-1, "it did not end within " + SECONDS + " s");
        }
        var said = process.getInputStream().readNBytes(MOST_OUTPUT);
        return new Ended(process.exitValue(), new String(said, StandardCharsets.UTF_8).strip());
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return new Ended(-1, String.valueOf(e.getMessage()));
    }
  }
}
