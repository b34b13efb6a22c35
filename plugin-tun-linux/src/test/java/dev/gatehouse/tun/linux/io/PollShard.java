package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.testkit.TrackingPool;
import dev.gatehouse.tun.linux.abi.TestLibC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A shard with a thread of its own that waits in poll(2): the least a real event loop does. */
final class PollShard implements Shard, AutoCloseable {

  private static final int MAX_DESCRIPTORS = 16;

  private final int index;
  private final TrackingPool pool;
  private final Map<Lane, QueuedLane> lanes = new EnumMap<>(Lane.class);
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>((a, b) -> Long.compare(a.due - b.due, 0));
  private final List<Watched> watched = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment pollSet = arena.allocate(8L * MAX_DESCRIPTORS, 8);
  private final MemorySegment signal = arena.allocate(8, 8);
  private final int wake = TestLibC.INSTANCE.eventfd(0, 0x80800);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean running = true;
  private volatile @Nullable Throwable failure;

  PollShard(int index, int batches) {
    this.index = index;
    pool = new TrackingPool(batches);
    for (var lane : Lane.values()) {
      lanes.put(lane, new QueuedLane());
    }
    signal.set(ValueLayout.JAVA_LONG, 0, 1);
    thread = Thread.ofPlatform().name("shard-" + index).daemon().start(this::loop);
  }

  private void loop() {
    while (running) {
      try {
        boolean worked = runTasks();
        worked |= runTimers();
        worked |= deliver();
        worked |= pumpReady(worked ? 0 : 20);
      } catch (RuntimeException | Error e) {
        // Told when closed; until then the loop goes on, as a real one does.
        failure = failure == null ? e : failure;
      }
    }
    ended.countDown();
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
        next.task.run();
        worked = true;
        if (next.period > 0) {
          next.due += next.period;
          timers.add(next);
        }
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

  private boolean pumpReady(int idleMillis) {
    watched.removeIf(each -> each.closed);
    var current = List.copyOf(watched);
    describe(0, wake);
    for (int i = 0; i < current.size(); i++) {
      describe(i + 1, current.get(i).wanted ? current.get(i).descriptor : -1);
    }
    int timeout = timers.isEmpty() ? idleMillis : Math.min(idleMillis, 1);
    TestLibC.INSTANCE.poll(pollSet.address(), 1L + current.size(), timeout);
    if (ready(0)) {
      try (var confined = Arena.ofConfined()) {
        TestLibC.INSTANCE.read(wake, confined.allocate(8, 8).address(), 8);
      }
    }
    boolean worked = false;
    for (int i = 0; i < current.size(); i++) {
      var each = current.get(i);
      if (ready(i + 1) && !each.closed) {
        worked |= each.pump.pump();
      }
    }
    return worked;
  }

  private void describe(int slot, int descriptor) {
    pollSet.set(ValueLayout.JAVA_INT, 8L * slot, descriptor);
    pollSet.set(ValueLayout.JAVA_INT, 8L * slot + 4, 1);
  }

  private boolean ready(int slot) {
    return pollSet.get(ValueLayout.JAVA_SHORT, 8L * slot + 6) != 0;
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
      throw new IllegalStateException(lane.label() + " has a consumer");
    }
    target.consumer = consumer;
    return () -> {
      target.consumer = null;
      target.queued.forEach(PacketBatch::close);
      target.queued.clear();
    };
  }

  @Override
  public synchronized void execute(Runnable task) {
    if (ended.getCount() > 0) {
      tasks.add(task);
      TestLibC.INSTANCE.write(wake, signal.address(), 8);
    }
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
    var added = new Watched(descriptor, pump);
    watched.add(added);
    return added;
  }

  /** Ends the loop and fails if it failed, or if a batch is still out. */
  @Override
  public void close() {
    running = false;
    execute(() -> {});
    try {
      ended.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    var failed = failure;
    if (failed != null) {
      throw new AssertionError("the shard failed", failed);
    }
    lanes.values().forEach(lane -> lane.queued.forEach(PacketBatch::close));
    synchronized (this) {
      TestLibC.INSTANCE.close(wake);
      arena.close();
    }
    pool.assertAllReturned();
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
    @Nullable BatchConsumer consumer;

    @Override
    public boolean offer(PacketBatch batch) {
      return queued.size() < 16 && queued.add(batch);
    }

    @Override
    public int credits() {
      return 16 - queued.size();
    }

    boolean deliver() {
      boolean worked = false;
      for (var to = consumer; to != null && !queued.isEmpty(); to = consumer) {
        to.accept(queued.remove());
        worked = true;
      }
      return worked;
    }
  }

  private static final class Watched implements DescriptorWatch {
    final int descriptor;
    final Pump pump;
    boolean wanted = true;
    boolean closed;

    Watched(int descriptor, Pump pump) {
      this.descriptor = descriptor;
      this.pump = pump;
    }

    @Override
    public void wakeWhenWritable() {
      throw new UnsupportedOperationException("not needed here");
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
