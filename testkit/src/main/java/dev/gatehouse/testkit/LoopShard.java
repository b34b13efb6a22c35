package dev.gatehouse.testkit;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A shard with a thread of its own, in real time: the least a real event loop does. Descriptors are
 * not waited for but tried again and again, which their pumps must bear anyway.
 *
 * @since 0.1.0
 */
public final class LoopShard implements Shard, AutoCloseable {

  private static final int LANE_BATCHES = 16;
  private static final long IDLE_NANOS = 100_000;

  private final int index;
  private final TrackingPool pool;
  private final Map<Lane, QueuedLane> lanes = new EnumMap<>(Lane.class);
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>((a, b) -> Long.compare(a.due - b.due, 0));
  private final List<Watched> watched = new ArrayList<>();
  private final Thread thread;
  private volatile boolean running = true;
  private boolean ended;
  private volatile @Nullable Throwable failure;

  /**
   * A running shard.
   *
   * @param batches slabs in its pool
   */
  public LoopShard(int index, int batches) {
    this.index = index;
    pool = new TrackingPool(batches);
    for (var lane : Lane.values()) {
      lanes.put(lane, new QueuedLane());
    }
    thread = Thread.ofPlatform().name("shard-" + index).daemon().start(this::loop);
  }

  /** Sets how many batches a lane holds before it refuses more; 0 refuses all. Any thread. */
  public void capacity(Lane lane, int batches) {
    of(lane).capacity = batches;
  }

  /** Lets a lane have its usual capacity again. Any thread. */
  public void capacity(Lane lane) {
    capacity(lane, LANE_BATCHES);
  }

  private void loop() {
    while (running) {
      boolean worked = false;
      try {
        worked = runTasks();
        worked |= runTimers();
        worked |= deliver();
        worked |= pump();
      } catch (RuntimeException | Error e) {
        // Told when closed; until then the loop goes on, as a real one does.
        failure = failure == null ? e : failure;
      }
      if (!worked && running && tasks.isEmpty()) {
        LockSupport.parkNanos(IDLE_NANOS);
      }
    }
  }

  private boolean runTasks() {
    boolean worked = false;
    for (var task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
      worked = true;
    }
    return worked;
  }

  private boolean runTimers() {
    boolean worked = false;
    long now = System.nanoTime();
    for (var next = timers.peek(); next != null && next.due - now <= 0; next = timers.peek()) {
      timers.poll();
      if (!next.closed) {
        worked = true;
        if (next.period > 0) {
          next.due += next.period;
          timers.add(next);
        }
        next.task.run();
      }
    }
    return worked;
  }

  private boolean deliver() {
    boolean worked = false;
    for (var lane : lanes.values()) {
      worked |= lane.deliver();
    }
    return worked;
  }

  private boolean pump() {
    boolean worked = false;
    watched.removeIf(each -> each.closed);
    for (var each : List.copyOf(watched)) {
      if (!each.closed && (each.wanted || each.wakeWhenWritable)) {
        each.wakeWhenWritable = false;
        worked |= each.pump.pump();
      }
    }
    return worked;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public TrackingPool pool() {
    return pool;
  }

  @Override
  public PacketLane lane(Lane lane) {
    return of(lane);
  }

  private QueuedLane of(Lane lane) {
    var found = lanes.get(lane);
    if (found == null) {
      throw new IllegalArgumentException(lane.label());
    }
    return found;
  }

  @Override
  public Watch consume(Lane lane, BatchConsumer consumer) {
    var target = of(lane);
    if (target.consumer != null) {
      throw new IllegalStateException("lane " + lane.label() + " has a consumer already");
    }
    target.consumer = consumer;
    return () -> {
      target.consumer = null;
      target.closeQueued();
    };
  }

  /** Whether a lane has a consumer right now. Any thread. */
  public boolean isConsumed(Lane lane) {
    return of(lane).consumer != null;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    LockSupport.unpark(thread);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  @Override
  public Watch every(Duration period, Runnable task) {
    return timer(new Timer(task, System.nanoTime() + period.toNanos(), period.toNanos()));
  }

  @Override
  public Watch after(Duration delay, Runnable task) {
    return timer(new Timer(task, System.nanoTime() + delay.toNanos(), 0));
  }

  private Watch timer(Timer timer) {
    if (isCurrent()) {
      timers.add(timer);
    } else {
      execute(() -> timers.add(timer));
    }
    return () -> timer.closed = true;
  }

  @Override
  public DescriptorWatch watch(int descriptor, Pump pump) {
    var added = new Watched(pump);
    watched.add(added);
    return added;
  }

  /** Ends the loop and fails if anything in it failed, or if a batch is still out. */
  @Override
  public void close() {
    end();
    var failed = failure;
    if (failed != null) {
      throw new AssertionError("the shard failed", failed);
    }
    pool.assertAllReturned();
  }

  /** Ends the loop, whatever happened in it; more than once if need be. */
  public synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    running = false;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while a shard ended", e);
    }
    lanes.values().forEach(QueuedLane::closeQueued);
    pool.close();
  }

  private static final class Timer {
    final Runnable task;
    final long period;
    long due;
    volatile boolean closed;

    Timer(Runnable task, long due, long period) {
      this.task = task;
      this.due = due;
      this.period = period;
    }
  }

  private static final class QueuedLane implements PacketLane {
    final Deque<PacketBatch> queued = new ArrayDeque<>();
    volatile @Nullable BatchConsumer consumer;
    volatile int capacity = LANE_BATCHES;

    @Override
    public boolean offer(PacketBatch batch) {
      return queued.size() < capacity && queued.add(batch);
    }

    @Override
    public int credits() {
      return Math.max(0, capacity - queued.size());
    }

    boolean deliver() {
      boolean worked = false;
      for (var to = consumer; to != null && !queued.isEmpty(); to = consumer) {
        to.accept(queued.remove());
        worked = true;
      }
      return worked;
    }

    void closeQueued() {
      queued.forEach(PacketBatch::close);
      queued.clear();
    }
  }

  private static final class Watched implements DescriptorWatch {
    final Pump pump;
    boolean wanted = true;
    boolean wakeWhenWritable;
    volatile boolean closed;

    Watched(Pump pump) {
      this.pump = pump;
    }

    @Override
    public void wakeWhenWritable() {
      wakeWhenWritable = true;
    }

    @Override
    public void readable(boolean on) {
      wanted = on;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
