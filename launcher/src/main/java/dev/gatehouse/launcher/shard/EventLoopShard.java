package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.api.spi.Shard;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.vertx.core.Context;
import io.vertx.core.ThreadingModel;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A shard on one event loop of Vert.x: its context, its lanes, its pool and its descriptors. */
public final class EventLoopShard implements Shard, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventLoopShard.class);
  private static final long SHORTEST_NANOS = Duration.ofMillis(1).toNanos();
  private static final long ANSWER_SECONDS = 5;

  private final int index;
  private final ContextInternal context;
  private final EventLoop loop;
  private final PacketPool pool;
  private final BusLane[] lanes = new BusLane[Lane.values().length];
  private final FaultLog faults = new FaultLog(LOG, "a task of the packet path failed");
  // The loop's thread only. There may be tens of thousands, which come and go.
  private final Set<Watch> descriptors = Collections.newSetFromMap(new IdentityHashMap<>());
  private final @Nullable LoopSpin spin;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EventLoopShard(
      ContextInternal context, int index, PacketPool pool, ShardSettings settings) {
    this.index = index;
    this.context = context;
    this.loop = context.nettyEventLoop();
    this.pool = pool;
    this.spin = LoopSpin.of(loop, settings.spin());
  }

  /**
   * Opens a shard with a pool of its own on the next event loop.
   *
   * @param index its number in the gateway
   */
  public static EventLoopShard open(BusScope scope, int index, ShardSettings settings) {
    return open(scope, index, new SlabPool(settings.batches(), settings.slabBytes()), settings);
  }

  /** Opens a shard with a pool that now belongs to it. */
  public static EventLoopShard open(
      BusScope scope, int index, PacketPool pool, ShardSettings settings) {
    var context = ((VertxInternal) scope.vertx()).createEventLoopContext();
    return open(context, scope, index, pool, settings);
  }

  /** Opens a shard with a pool of its own on a loop of the caller's choice. */
  static EventLoopShard openOn(EventLoop loop, BusScope scope, int index, ShardSettings settings) {
    var context =
        ((VertxInternal) scope.vertx())
            .contextBuilder()
            .withThreadingModel(ThreadingModel.EVENT_LOOP)
            .withEventLoop(loop)
            .build();
    var pool = new SlabPool(settings.batches(), settings.slabBytes());
    return open(context, scope, index, pool, settings);
  }

  private static EventLoopShard open(
      ContextInternal context, BusScope scope, int index, PacketPool pool, ShardSettings settings) {
    var shard = new EventLoopShard(context, index, pool, settings);
    shard.onLoop(() -> {
      for (var lane : Lane.values()) {
        shard.lanes[lane.ordinal()] =
            new BusLane(
                shard.loop,
                scope,
                scope.address(index, lane),
                settings.laneCapacity(),
                settings.inline());
      }
      return shard;
    });
    return shard;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public PacketPool pool() {
    return pool;
  }

  @Override
  public PacketLane lane(Lane lane) {
    return lanes[lane.ordinal()];
  }

  @Override
  public Watch consume(Lane lane, BatchConsumer consumer) {
    var target = lanes[lane.ordinal()];
    onLoop(() -> {
      target.consumer(consumer);
      return target;
    });
    return new Ending(target::close);
  }

  @Override
  public void execute(Runnable task) {
    context.runOnContext(nothing -> run(task));
  }

  @Override
  public boolean isCurrent() {
    return loop.inEventLoop();
  }

  @Override
  public Watch every(Duration period, Runnable task) {
    long nanos = nanos(period);
    var timer = new Timer(task);
    timer.scheduled = loop.scheduleWithFixedDelay(timer, nanos, nanos, TimeUnit.NANOSECONDS);
    return timer;
  }

  @Override
  public Watch after(Duration delay, Runnable task) {
    var timer = new Timer(task);
    timer.scheduled = loop.schedule(timer, nanos(delay), TimeUnit.NANOSECONDS);
    return timer;
  }

  @Override
  public DescriptorWatch watch(int descriptor, Pump pump) {
    return onLoop(() -> {
      var watch = EpollWatch.open(this, descriptor, pump);
      descriptors.add(watch);
      return watch;
    });
  }

  /**
   * Facts for an operator: slabs in use, and per lane that carried something how many batches were
   * handed over directly, how many were queued, and how many bus messages that took. Any thread.
   */
  public Map<String, Object> status() {
    var carried = new LinkedHashMap<String, Object>();
    for (var lane : Lane.values()) {
      var one = lanes[lane.ordinal()].status();
      if (!one.isEmpty()) {
        carried.put(lane.label(), one);
      }
    }
    var status = new LinkedHashMap<String, Object>();
    status.put("batches", pool.capacity());
    status.put("batches-in-use", pool.inFlight());
    status.put("failures", faults.faults());
    status.put("lanes", carried);
    return status;
  }

  /** How many batches the lanes carried so far, each once per lane. Any thread. */
  public long carried() {
    long sum = 0;
    for (var lane : lanes) {
      sum += lane.carried();
    }
    return sum;
  }

  /** Ends all watches, closes what the lanes hold, and frees the pool. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    settle(() -> {
      for (var watch : List.copyOf(descriptors)) {
        watch.close();
      }
      for (var lane : lanes) {
        lane.close();
      }
      if (spin != null) {
        spin.close();
      }
    });
    int lost = pool.inFlight();
    if (lost > 0) {
      LOG.atWarn()
          .addKeyValue("shard", index)
          .addKeyValue("batches", lost)
          .log("packet batches were not given back");
    }
    pool.close();
  }

  ContextInternal context() {
    return context;
  }

  EventLoop loop() {
    return loop;
  }

  FaultLog faults() {
    return faults;
  }

  /** When a turn begins, for {@link #worked}. */
  long begins() {
    return spin == null ? 0 : System.nanoTime();
  }

  /** A descriptor's pump had work in the turn that began then. */
  void worked(long fromNanos) {
    if (spin != null) {
      spin.worked(fromNanos);
    }
  }

  void forget(Watch watch) {
    descriptors.remove(watch);
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      faults.report("task", e);
    }
  }

  /** Runs an action on the loop's thread and waits for what it gives or throws. */
  private <T> T onLoop(Supplier<T> action) {
    if (loop.inEventLoop()) {
      return inContext(action);
    }
    var done = new CompletableFuture<T>();
    loop.execute(() -> {
      try {
        done.complete(inContext(action));
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    });
    try {
      return done.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case TimeoutException cause ->
            throw new IllegalStateException("shard " + index + " does not answer", cause);
        case null, default -> throw e;
      }
    }
  }

  private <T> T inContext(Supplier<T> action) {
    var previous = context.beginDispatch();
    try {
      return action.get();
    } finally {
      context.endDispatch(previous);
    }
  }

  /**
   * Runs an action on the loop's thread: at once if this is it or the loop has ended, and waited
   * for unless this is another event loop, which must not block.
   */
  void settle(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
      return;
    }
    var done = new CompletableFuture<@Nullable Void>();
    try {
      loop.execute(() -> {
        try {
          action.run();
        } finally {
          done.complete(null);
        }
      });
    } catch (RejectedExecutionException e) {
      action.run();
      return;
    }
    if (!Context.isOnEventLoopThread()) {
      done.completeOnTimeout(null, ANSWER_SECONDS, TimeUnit.SECONDS).join();
    }
  }

  private static long nanos(Duration duration) {
    return Math.max(SHORTEST_NANOS, duration.toNanos());
  }

  private final class Ending implements Watch {

    private final Runnable end;

    Ending(Runnable end) {
      this.end = end;
    }

    @Override
    public void close() {
      settle(end);
    }
  }

  private final class Timer implements Watch, Runnable {

    private final Runnable task;
    private volatile boolean ended;
    private volatile @Nullable Future<?> scheduled;

    Timer(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      if (ended) {
        return;
      }
      var previous = context.beginDispatch();
      try {
        EventLoopShard.this.run(task);
      } finally {
        context.endDispatch(previous);
      }
    }

    @Override
    public void close() {
      ended = true;
      var timer = scheduled;
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }
}
