package dev.gatehouse.testkit;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A shard without a thread: the test is the event loop. Tasks, timers and lanes run only inside
 * {@link #run()} and {@link #advance}, on the calling thread, in virtual time. Only {@link
 * #execute} may be called from elsewhere.
 *
 * <p>Lanes without a consumer keep what is offered, for the test to {@link #take}.
 *
 * @since 0.1.0
 */
public final class TestShard implements Shard {

  private static final class Timer implements Watch {
    final Runnable task;
    final long periodNanos;
    long dueNanos;
    boolean closed;

    Timer(Runnable task, long dueNanos, long periodNanos) {
      this.task = task;
      this.dueNanos = dueNanos;
      this.periodNanos = periodNanos;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class TestLane implements PacketLane {
    final Deque<PacketBatch> queued = new ArrayDeque<>();
    @Nullable BatchConsumer consumer;
    int capacity = 64;

    @Override
    public boolean offer(PacketBatch batch) {
      if (queued.size() >= capacity) {
        return false;
      }
      queued.add(batch);
      return true;
    }

    @Override
    public int credits() {
      return capacity - queued.size();
    }

    boolean deliver() {
      var to = consumer;
      var batch = to == null ? null : queued.poll();
      if (to == null || batch == null) {
        return false;
      }
      to.accept(batch);
      return true;
    }
  }

  private static final class WatchedDescriptor implements DescriptorWatch {
    final int descriptor;
    final Pump pump;
    boolean wanted = true;
    boolean closed;
    boolean wakeWhenWritable;

    WatchedDescriptor(int descriptor, Pump pump) {
      this.descriptor = descriptor;
      this.pump = pump;
    }

    @Override
    public void wakeWhenWritable() {
      wakeWhenWritable = true;
    }

    @Override
    public void readable(boolean wanted) {
      this.wanted = wanted;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final ManualTime time;
  private final TrackingPool pool;
  private final Map<Lane, TestLane> lanes = new EnumMap<>(Lane.class);
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final List<Timer> timers = new ArrayList<>();
  private final List<WatchedDescriptor> descriptors = new ArrayList<>();
  private @Nullable Thread running;

  /** A shard with 64 slabs. */
  public TestShard(ManualTime time) {
    this(time, new TrackingPool(64));
  }

  /** A shard with a given pool. */
  public TestShard(ManualTime time, TrackingPool pool) {
    this.time = time;
    this.pool = pool;
    for (var lane : Lane.values()) {
      lanes.put(lane, new TestLane());
    }
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

  @Override
  public Watch consume(Lane lane, BatchConsumer consumer) {
    var target = of(lane);
    if (target.consumer != null) {
      throw new IllegalStateException("lane " + lane.label() + " has a consumer already");
    }
    target.consumer = consumer;
    return () -> {
      target.consumer = null;
      target.queued.forEach(PacketBatch::close);
      target.queued.clear();
    };
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public boolean isCurrent() {
    return running == Thread.currentThread();
  }

  @Override
  public Watch every(Duration period, Runnable task) {
    var timer = new Timer(task, time.nanoTime() + period.toNanos(), period.toNanos());
    return add(timer);
  }

  @Override
  public Watch after(Duration delay, Runnable task) {
    return add(new Timer(task, time.nanoTime() + delay.toNanos(), 0));
  }

  private synchronized Watch add(Timer timer) {
    timers.add(timer);
    return timer;
  }

  @Override
  public DescriptorWatch watch(int descriptor, Pump pump) {
    var watched = new WatchedDescriptor(descriptor, pump);
    descriptors.add(watched);
    return watched;
  }

  /** Sets how many batches a lane holds before it refuses more. */
  public void capacity(Lane lane, int batches) {
    of(lane).capacity = batches;
  }

  /** The oldest batch waiting in a lane without consumer, now the caller's; null if none. */
  public @Nullable PacketBatch take(Lane lane) {
    return of(lane).queued.poll();
  }

  /** Offers a batch to a lane and runs what follows from it. */
  public void send(Lane lane, PacketBatch batch) {
    if (!of(lane).offer(batch)) {
      batch.close();
      throw new AssertionError("lane " + lane.label() + " is full");
    }
    run();
  }

  /** Runs tasks and deliveries until there are none left; no time passes. */
  public void run() {
    var before = running;
    running = Thread.currentThread();
    try {
      boolean worked;
      do {
        worked = false;
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
          worked = true;
        }
        for (var lane : lanes.values()) {
          worked |= lane.deliver();
        }
      } while (worked);
    } finally {
      running = before;
    }
  }

  /** Calls the pump of a descriptor once, as if it were readable or had become writable. */
  public boolean pump(int descriptor) {
    var before = running;
    running = Thread.currentThread();
    try {
      boolean worked = false;
      for (var watched : List.copyOf(descriptors)) {
        if (watched.descriptor == descriptor
            && !watched.closed
            && (watched.wanted || watched.wakeWhenWritable)) {
          watched.wakeWhenWritable = false;
          worked |= watched.pump.pump();
        }
      }
      return worked;
    } finally {
      running = before;
      run();
    }
  }

  /** Lets time pass, running every timer at its own moment and in order. */
  public void advance(Duration by) {
    long end = time.nanoTime() + by.toNanos();
    run();
    while (true) {
      var due = nextDue(end);
      if (due == null) {
        break;
      }
      time.advance(Duration.ofNanos(Math.max(0, due.dueNanos - time.nanoTime())));
      if (due.periodNanos > 0) {
        due.dueNanos += due.periodNanos;
      } else {
        due.closed = true;
      }
      execute(due.task);
      run();
    }
    time.advance(Duration.ofNanos(end - time.nanoTime()));
  }

  private synchronized @Nullable Timer nextDue(long end) {
    timers.removeIf(timer -> timer.closed);
    return timers.stream()
        .filter(timer -> timer.dueNanos - end <= 0)
        .min(Comparator.comparingLong(timer -> timer.dueNanos - end))
        .orElse(null);
  }

  private TestLane of(Lane lane) {
    var found = lanes.get(lane);
    if (found == null) {
      throw new IllegalArgumentException(lane.label());
    }
    return found;
  }
}
