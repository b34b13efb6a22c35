package dev.gatehouse.launcher.runtime;

import dev.gatehouse.launcher.config.LogConfig;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Where a new configuration of a running house comes from.
 *
 * @param again plans everything from the configuration as it is then; closed by the caller
 * @param logging follows the section {@code [log]}; empty if nobody does
 * @param facts what the surroundings know about themselves, asked whenever somebody wants to know
 * @param passed sections nobody reads, because their plugins were given a configuration
 */
public record Origins(
    Supplier<Plan> again,
    Optional<Consumer<LogConfig>> logging,
    Supplier<Map<String, String>> facts,
    Set<String> passed) {

  /** Copies the set. */
  public Origins {
    passed = Set.copyOf(passed);
  }
}
