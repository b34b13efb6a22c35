package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.launcher.shard.ShardSettings;
import java.time.Duration;

/**
 * The {@code [shards]} section.
 *
 * @param count how many event loops carry packets
 * @param settings how each works
 * @param rehearse whether the packet path is made fast with made-up packets after the start
 */
public record ShardConfig(int count, ShardSettings settings, boolean rehearse) {

  /** What a gateway uses when nothing else is asked for. */
  public static final ShardConfig GATEWAY = new ShardConfig(1, ShardSettings.DEFAULTS, true);

  /**
   * What a house of services alone uses when nothing else is asked for: every processor, and hardly
   * a batch, because services have buffers of their own.
   */
  public static ShardConfig alone() {
    var usual = ShardSettings.DEFAULTS;
    return new ShardConfig(
        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64),
        new ShardSettings(8, usual.slabBytes(), usual.laneCapacity(), usual.inline(), usual.spin()),
        false);
  }

  /** Reads the section. */
  public static ShardConfig read(ConfigReader section, ShardConfig byDefault) {
    var defaults = byDefault.settings();
    return new ShardConfig(
        section
            .integer("count")
            .describedAs("How many event loops carry packets.")
            .between(1, 64)
            .orElse(byDefault.count()),
        new ShardSettings(
            section
                .integer("batches")
                .describedAs("How many packet batches each of them has; one takes 280 KiB.")
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
                        .orElse((int) (defaults.spin().toNanos() / 1000)))),
        section
            .flag("rehearse")
            .describedAs(
                "Whether made-up packets make the packet path fast in the first seconds after the"
                    + " start.")
            .orElse(byDefault.rehearse()));
  }
}
