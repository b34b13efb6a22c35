package dev.gatehouse.testkit.lab;

import java.time.Duration;
import java.util.List;

/**
 * What a finished command left behind.
 *
 * @param command what was run
 * @param exitCode its exit code; 128 + n after signal n
 * @param out its standard output
 * @param err its standard error
 * @param took how long it ran
 * @since 0.1.0
 */
public record Outcome(List<String> command, int exitCode, String out, String err, Duration took) {

  /** Whether it ended with exit code 0. */
  public boolean succeeded() {
    return exitCode == 0;
  }

  /** Both streams, standard output first. */
  public String all() {
    return out + err;
  }

  @Override
  public String toString() {
    return "%s -> exit code %d after %d ms%n%s"
        .formatted(String.join(" ", command), exitCode, took.toMillis(), all());
  }
}
