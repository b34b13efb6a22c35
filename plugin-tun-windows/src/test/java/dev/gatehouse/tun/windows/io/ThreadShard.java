package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.testkit.TrackingPool;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A shard whose event loop is a single thread; lanes deliver on that thread. */
final class ThreadShard implements Shard, AutoCloseable {

  private final TrackingPool pool;
  private final Map<Lane, InlineLane> lanes = new EnumMap<>(Lane.class);
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private volatile @Nullable Thread thread;

  ThreadShard(int batches) {
    pool = new TrackingPool(batches);
    for (var lane : Lane.values()) {
      lanes.put(lane, new InlineLane());
    }
    execute(() -> thread = Thread.currentThread());
  }

  /** Stops or lets a lane take batches. */
  void credits(Lane lane, int credits) {
    of(lane).credits = credits;
  }

  @Override
  public int index() {
    return 0;
  }

  @Override
  public TrackingPool pool() {
    return pool;
  }

  @Override
  public PacketLane lane(Lane lane) {
    return of(lane);
  }

  private InlineLane of(Lane lane) {
    var found = lanes.get(lane);
    if (found == null) {
      throw new IllegalArgumentException(lane.label());
    }
    return found;
  }

  @Override
  public Watch consume(Lane lane, BatchConsumer consumer) {
    of(lane).consumer = consumer;
    return () -> of(lane).consumer = null;
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(() -> run(task));
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  @Override
  public Watch every(Duration period, Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Watch after(Duration delay, Runnable task) {
    var timer = loop.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> timer.cancel(false);
  }

  @Override
  public DescriptorWatch watch(int descriptor, Pump pump) {
    throw new UnsupportedOperationException();
  }

  /** Ends the loop and fails if a task failed or a batch is still out. */
  @Override
  public void close() {
    loop.close();
    lanes.values().forEach(lane -> lane.queued.forEach(PacketBatch::close));
    if (!failures.isEmpty()) {
      throw new AssertionError("a task failed", failures.peek());
    }
    pool.assertAllReturned();
    pool.close();
  }

  private static final class InlineLane implements PacketLane {
    final Deque<PacketBatch> queued = new ArrayDeque<>();
    volatile @Nullable BatchConsumer consumer;
    volatile int credits = 64;

    @Override
    public boolean offer(PacketBatch batch) {
      var to = consumer;
      if (credits == 0) {
        return false;
      }
      if (to == null) {
        queued.add(batch);
      } else {
        to.accept(batch);
      }
      return true;
    }

    @Override
    public int credits() {
      return credits;
    }
  }
}
