package dev.gatehouse.bench.micro;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.launcher.shard.BusScope;
import dev.gatehouse.launcher.shard.EventLoopShard;
import dev.gatehouse.launcher.shard.ShardSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to hand one batch to the next plugin: by a plain call, as a program without seams
 * would; over a lane that may call directly; over a lane that sends every batch through the event
 * bus. Divide by the packets of a batch, 44 under load, for the cost per packet.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LaneBenchmark {

  private static final int BATCHES = 100_000;
  private static final int AT_ONCE = 32;

  /** How batches are handed over. */
  public enum Way {
    /** A call. */
    FUSED,
    /** A lane as it is by default. */
    LANE,
    /** A lane with {@code inline-lanes = false}. */
    BUS
  }

  /** Which way. */
  @Param({"FUSED", "LANE", "BUS"})
  public Way way = Way.FUSED;

  private @Nullable Vertx vertx;
  private @Nullable BusScope scope;
  private @Nullable EventLoopShard shard;
  private final Semaphore done = new Semaphore(0);
  private int left;

  /** Made by JMH. */
  public LaneBenchmark() {}

  /** Opens an event loop with lanes. */
  @Setup
  public void open() {
    var opened = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    var named = BusScope.open(opened);
    vertx = opened;
    scope = named;
    shard = EventLoopShard.open(named, 0, ShardSettings.DEFAULTS.withInline(way == Way.LANE));
    shard().consume(Lane.TO_TUN, this::take);
  }

  /** Closes it. */
  @TearDown
  public void close() {
    shard().close();
    Objects.requireNonNull(scope).close();
    Objects.requireNonNull(vertx).close().toCompletionStage().toCompletableFuture().join();
  }

  private EventLoopShard shard() {
    return Objects.requireNonNull(shard, () -> String.format(Locale.ROOT, "%s not open", way));
  }

  private void take(PacketBatch batch) {
    batch.close();
    left--;
  }

  /** Hands batches over on one event loop. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void handOver() throws InterruptedException {
    shard()
        .execute(() -> {
          left = BATCHES;
          some();
        });
    done.acquire();
  }

  private void some() {
    var lane = shard().lane(Lane.TO_TUN);
    for (int i = Math.min(left, AT_ONCE); i > 0; i--) {
      one(lane);
    }
    if (left > 0) {
      shard().execute(this::some);
    } else {
      done.release();
    }
  }

  private void one(PacketLane lane) {
    var batch = shard().pool().tryAcquire();
    if (batch == null) {
      return;
    }
    if (way == Way.FUSED) {
      take(batch);
    } else if (!lane.offer(batch)) {
      batch.close();
    }
  }
}
