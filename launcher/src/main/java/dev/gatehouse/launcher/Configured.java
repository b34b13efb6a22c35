package dev.gatehouse.launcher;

import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.config.CoreConfig;
import dev.gatehouse.launcher.config.ShardConfig;
import dev.gatehouse.launcher.config.TimeSpans;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;

/** Settings as keys, so that they are read and judged in one place, wherever they come from. */
final class Configured {

  private static final String ORIGIN = "the given settings";

  private Configured() {}

  static GatewaySettings defaults() {
    var core =
        CoreConfig.read(
            ConfigSource.defaults(), Path.of(""), ShardConfig.GATEWAY, new ArrayList<>());
    var shard = core.shards().settings();
    return new GatewaySettings(
        core.startTimeout(),
        core.stopTimeout(),
        core.shards().count(),
        shard.batches(),
        shard.inline(),
        shard.spin());
  }

  static ConfigSource with(ConfigSource source, GatewaySettings settings) {
    return source
        .with(
            Map.of(
                "start-timeout", TimeSpans.format(settings.startTimeout()),
                "stop-timeout", TimeSpans.format(settings.stopTimeout())))
        .with(
            "shards",
            Map.of(
                "count", settings.shards(),
                "batches", settings.batches(),
                "inline-lanes", settings.inlineLanes(),
                "spin-microseconds", Math.toIntExact(settings.spin().toNanos() / 1000)),
            ORIGIN);
  }
}
