package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.api.spi.Shard;
import java.time.Duration;

/** A shard that costs nothing itself: the real pool, and one lane that ends in a consumer. */
final class BareShard implements Shard, AutoCloseable {

  private final SlabPool pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
  private final PacketLane lane;

  BareShard(BatchConsumer received) {
    lane =
        new PacketLane() {
          @Override
          public boolean offer(PacketBatch batch) {
            received.accept(batch);
            return true;
          }

          @Override
          public int credits() {
            return 1;
          }
        };
  }

  @Override
  public int index() {
    return 0;
  }

  @Override
  public PacketPool pool() {
    return pool;
  }

  @Override
  public PacketLane lane(Lane wanted) {
    return lane;
  }

  @Override
  public Watch consume(Lane wanted, BatchConsumer consumer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void execute(Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isCurrent() {
    return true;
  }

  @Override
  public Watch every(Duration period, Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Watch after(Duration delay, Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DescriptorWatch watch(int descriptor, Pump pump) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    pool.close();
  }
}
