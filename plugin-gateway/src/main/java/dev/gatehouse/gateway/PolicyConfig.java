package dev.gatehouse.gateway;

import dev.gatehouse.api.config.ConfigReader;
import java.time.Duration;

/**
 * The section {@code [policy]}.
 *
 * @param refresh how often the store is asked for changes, whatever was notified; 100 ms to 5 s.
 *     Losing every notification delays a revocation by at most this
 * @param partitionBudget how long existing authorizations hold while the store does not answer; 1 s
 *     to 30 days
 * @param icmpErrorsPerSecond how many ICMP errors one client is sent per second, and at once; 0 to
 *     10000, 0 for none
 */
public record PolicyConfig(Duration refresh, Duration partitionBudget, int icmpErrorsPerSecond) {

  /** What holds unless configured otherwise. */
  public static final PolicyConfig DEFAULTS =
      new PolicyConfig(Duration.ofSeconds(3), Duration.ofHours(24), 50);

  static PolicyConfig read(ConfigReader section) {
    return new PolicyConfig(
        section
            .duration("refresh")
            .describedAs("How often the store is asked for changes that were not notified.")
            .must(within(Duration.ofMillis(100), Duration.ofSeconds(5)), "be from 100ms to 5s")
            .orElse(DEFAULTS.refresh()),
        section
            .duration("partition-budget")
            .describedAs("How long existing authorizations hold while the store does not answer.")
            .must(within(Duration.ofSeconds(1), Duration.ofDays(30)), "be from 1s to 30d")
            .orElse(DEFAULTS.partitionBudget()),
        section
            .integer("icmp-errors-per-second")
            .describedAs("How many ICMP errors one client is sent per second; 0 for none.")
            .between(0, 10_000)
            .orElse(DEFAULTS.icmpErrorsPerSecond()));
  }

  private static java.util.function.Predicate<Duration> within(
      Duration shortest, Duration longest) {
    return value -> value.compareTo(shortest) >= 0 && value.compareTo(longest) <= 0;
  }
}
