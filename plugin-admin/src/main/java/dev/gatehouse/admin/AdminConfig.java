package dev.gatehouse.admin;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code [admin]}.
 *
 * @param socket where the Unix domain socket lies; empty for {@code admin.sock} in the state
 *     directory
 * @param requestTimeout how long a request may take, 100 ms to 5 min
 */
public record AdminConfig(Optional<Path> socket, Duration requestTimeout) {

  /** How long a request may take unless configured. */
  public static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** What holds when the section is empty. */
  public static AdminConfig defaults() {
    return new AdminConfig(Optional.empty(), DEFAULT_REQUEST_TIMEOUT);
  }

  static AdminConfig read(ConfigReader section) {
    return new AdminConfig(
        section
            .path("socket")
            .describedAs("Unix socket of the admin API; by default admin.sock in state-directory.")
            .optional(),
        section
            .duration("request-timeout")
            .describedAs("How long one request to the admin API may take.")
            .must(
                d -> d.compareTo(SHORTEST) >= 0 && d.compareTo(LONGEST) <= 0, "be from 100ms to 5m")
            .orElse(DEFAULT_REQUEST_TIMEOUT));
  }
}
