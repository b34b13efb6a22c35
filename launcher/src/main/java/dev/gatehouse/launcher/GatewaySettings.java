package dev.gatehouse.launcher;

import java.time.Duration;

/**
 * What the house itself can be told, beside its plugins: the keys above the first section and the
 * section {@code [shards]} of the configuration file. {@link Gatehouse.Builder#start()} refuses
 * values out of range with the name of the key.
 *
 * @param startTimeout how long a plugin may take to start; more than 0, at most an hour
 * @param stopTimeout how long a plugin may take to stop; more than 0, at most an hour
 * @param shards how many event loops carry packets, 1 to 64
 * @param batches how many packet batches of 280 KiB each of them has, 16 to 8192
 * @param inlineLanes whether a lane within one event loop may skip the event bus
 * @param spin how long a loop looks for more packets before it sleeps, whole microseconds from 0 to
 *     10 ms
 * @since 0.1.0
 */
public record GatewaySettings(
    Duration startTimeout,
    Duration stopTimeout,
    int shards,
    int batches,
    boolean inlineLanes,
    Duration spin) {

  /** What holds unless told otherwise. */
  public static GatewaySettings defaults() {
    return Configured.defaults();
  }

  /** With another number of event loops. */
  public GatewaySettings withShards(int count) {
    return new GatewaySettings(startTimeout, stopTimeout, count, batches, inlineLanes, spin);
  }

  /** With another number of batches. */
  public GatewaySettings withBatches(int count) {
    return new GatewaySettings(startTimeout, stopTimeout, shards, count, inlineLanes, spin);
  }

  /** With other time limits. */
  public GatewaySettings withTimeouts(Duration start, Duration stop) {
    return new GatewaySettings(start, stop, shards, batches, inlineLanes, spin);
  }
}
