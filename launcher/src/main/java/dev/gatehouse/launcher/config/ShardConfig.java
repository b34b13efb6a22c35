package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.launcher.shard.ShardSettings;
import java.time.Duration;

/**
 * The {@code [shards]} section.
 *
 * @param count how many event loops carry packets
 * @param settings how each works
 */
public record ShardConfig(int count, ShardSettings settings) {

  /** Reads the section. */
  public static ShardConfig read(ConfigReader section) {
    var defaults = ShardSettings.DEFAULTS;
    return new ShardConfig(
        section
            .integer("count")
            .describedAs("How many event loops carry packets.")
            .between(1, 64)
            .orElse(1),
        new ShardSettings(
            section
                .integer("batches")
                .describedAs("How many packet batches each of them has; one takes 144 KiB.")
                .between(16, 8192)
                .orElse(defaults.batches()),
            defaults.slabBytes(),
            defaults.laneCapacity(),
            section
                .flag("inline-lanes")
                .describedAs("Whether a lane within one event loop may skip the event bus.")
                .orElse(defaults.inline()),
            Duration.ofNanos(
                1000L
                    * section
                        .integer("spin-microseconds")
                        .describedAs("How long a loop looks for more packets before it sleeps.")
                        .between(0, 10_000)
                        .orElse((int) (defaults.spin().toNanos() / 1000)))));
  }
}
