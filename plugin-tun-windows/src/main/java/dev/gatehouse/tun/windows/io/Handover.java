package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Carries batches from the reading thread to its shard, which offers them to {@link Lane#FROM_TUN}.
 * Bounded: a lane that takes nothing fills it, and then the reader stops.
 */
final class Handover {

  private static final int BATCHES = 8;
  private static final Duration RETRY = Duration.ofMillis(1);

  private final Shard shard;
  private final PacketLane lane;
  private final ArrayBlockingQueue<PacketBatch> queue = new ArrayBlockingQueue<>(BATCHES);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Runnable delivery = this::deliver;

  Handover(Shard shard) {
    this.shard = shard;
    this.lane = shard.lane(Lane.FROM_TUN);
  }

  /** An empty batch that there will be room for; null if there is none. The reader only. */
  @Nullable PacketBatch acquire() {
    return queue.remainingCapacity() > 0 ? shard.pool().tryAcquire() : null;
  }

  /** Passes on a batch of {@link #acquire}. The reader only. */
  void give(PacketBatch batch) {
    if (!queue.offer(batch)) {
      throw new IllegalStateException("more batches than room");
    }
    if (scheduled.compareAndSet(false, true)) {
      shard.execute(delivery);
    }
  }

  private void deliver() {
    scheduled.set(false);
    for (var batch = queue.peek(); batch != null; batch = queue.peek()) {
      if (!lane.offer(batch)) {
        if (scheduled.compareAndSet(false, true)) {
          shard.after(RETRY, delivery);
        }
        return;
      }
      queue.remove();
    }
  }

  /** Gives back what nobody took; on the shard's thread, once the reader has ended. */
  void clear() {
    for (var batch = queue.poll(); batch != null; batch = queue.poll()) {
      batch.close();
    }
  }
}
