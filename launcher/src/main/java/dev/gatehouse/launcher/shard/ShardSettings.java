package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.packet.SlabPool;
import java.time.Duration;

/**
 * How a shard works.
 *
 * @param batches how many slabs its pool has, at least 1
 * @param slabBytes the size of one
 * @param laneCapacity how many batches a lane holds, a power of two
 * @param inline whether a lane whose producer and consumer are on the shard's thread may call the
 *     consumer directly; without it every batch pays for its message on the event bus
 * @param spin how long the loop keeps looking for work after it had some, before it sleeps; zero
 *     for never
 */
public record ShardSettings(
    int batches, int slabBytes, int laneCapacity, boolean inline, Duration spin) {

  /** What is used when nothing else is asked for. */
  public static final ShardSettings DEFAULTS =
      new ShardSettings(64, SlabPool.DEFAULT_SLAB_BYTES, 64, true, Duration.ofNanos(100_000));

  /** Checks the ranges. */
  public ShardSettings {
    if (batches < 1 || slabBytes < 1) {
      throw new IllegalArgumentException("a pool has at least one slab of at least one byte");
    }
    if (laneCapacity < 1 || Integer.bitCount(laneCapacity) != 1) {
      throw new IllegalArgumentException("a lane's capacity is a power of two");
    }
    if (spin.isNegative()) {
      throw new IllegalArgumentException("the time to spin is not negative");
    }
  }

  /** The same without calls that bypass the event bus. */
  public ShardSettings withInline(boolean wanted) {
    return new ShardSettings(batches, slabBytes, laneCapacity, wanted, spin);
  }

  /** The same with another time to spin. */
  public ShardSettings withSpin(Duration wanted) {
    return new ShardSettings(batches, slabBytes, laneCapacity, inline, wanted);
  }
}
