package dev.gatehouse.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the SQLite store works.
 *
 * @param file where it keeps its data; empty for {@code authorizations.db} in the state directory
 * @param commitWindow how long a transaction waits for company when writes come concurrently, 0 to
 *     5 ms
 * @param changeLog how many changes it remembers for those who follow it, 100 to 1 000 000
 */
public record SqliteStoreConfig(Optional<Path> file, Duration commitWindow, int changeLog) {

  /** What an empty section means. */
  public static SqliteStoreConfig defaults() {
    return new SqliteStoreConfig(Optional.empty(), Duration.ofMillis(2), 20_000);
  }
}
