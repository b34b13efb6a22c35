package dev.gatehouse.launcher.shard;

import dev.gatehouse.testkit.TrackingPool;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A Vert.x with shards whose pools are watched. */
final class ShardHouse implements AutoCloseable {

  static final ShardSettings PLAIN =
      ShardSettings.DEFAULTS.withSpin(Duration.ZERO).withInline(true);

  final Vertx vertx;
  final BusScope scope;
  final TrackingPool pool = new TrackingPool(32);
  final EventLoopShard shard;

  ShardHouse(ShardSettings settings) {
    this(settings, true);
  }

  ShardHouse(ShardSettings settings, boolean nativeTransport) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(nativeTransport)
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    scope = BusScope.open(vertx);
    shard = EventLoopShard.open(scope, 0, pool, settings);
  }

  /** Runs something on the shard's thread and gives what it returns or throws. */
  <T> T onLoop(Supplier<T> action) {
    var done = new CompletableFuture<T>();
    shard.execute(() -> {
      try {
        done.complete(action.get());
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    });
    return done.orTimeout(60, TimeUnit.SECONDS).join();
  }

  void onLoop(Runnable action) {
    onLoop(() -> {
      action.run();
      return true;
    });
  }

  /** Waits for everything the shard has been asked to do so far. */
  void drain() {
    onLoop(() -> {});
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("did not happen: " + what);
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    shard.close();
    scope.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
