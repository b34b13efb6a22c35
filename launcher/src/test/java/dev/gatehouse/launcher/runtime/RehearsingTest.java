package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.launcher.shard.BusScope;
import dev.gatehouse.launcher.shard.EventLoopShard;
import dev.gatehouse.launcher.shard.ShardSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RehearsingTest {

  private static final ShardSettings SMALL = new ShardSettings(16, 2048, 16, true, Duration.ZERO);

  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(1));
  private final BusScope scope = BusScope.open(vertx);
  private final EventLoopShard real = EventLoopShard.open(scope, 0, SMALL);
  private final Map<String, Plugin> plugins = new LinkedHashMap<>();
  private final AtomicInteger rounds = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private volatile String state = "";

  @AfterEach
  void close() {
    real.close();
    scope.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void plugin(String name, Function<Shard, Optional<Rehearsal>> rehearsal) {
    plugins.put(
        name,
        new Plugin() {
          @Override
          public void start() {}

          @Override
          public void stop() {}

          @Override
          public void close() {}

          @Override
          public Optional<Rehearsal> rehearsal(Shard shard) {
            return rehearsal.apply(shard);
          }
        });
  }

  private Optional<Rehearsal> counting(Shard shard) {
    return Optional.of(
        new Rehearsal() {
          @Override
          public void round() {
            assertThat(shard.isCurrent()).isTrue();
            assertThat(real.isCurrent()).isFalse();
            rounds.incrementAndGet();
          }

          @Override
          public void close() {
            closed.incrementAndGet();
          }
        });
  }

  private Rehearsing begin() {
    var begun = Rehearsing.begin(scope, plugins, List.of(real), words -> state = words);
    return Objects.requireNonNull(begun);
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("did not happen: " + what);
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void roundsEndByThemselvesBesideTheRealShard() {
    plugin("one", this::counting);
    plugin("none", shard -> Optional.empty());
    try (var _ = begin()) {
      await("the end", () -> closed.get() == 1);
      assertThat(rounds.get()).isBetween(1, Rehearsing.ROUNDS);
      assertThat(state).contains("after " + rounds.get() + " rounds");
    }
    assertThat(closed).hasValue(1);
  }

  @Test
  void whoWaitsForTheEndIsCalledOnceAndAfterwardsAtOnce() {
    plugin("one", this::counting);
    var called = new AtomicInteger();
    try (var rehearsing = begin()) {
      rehearsing.whenOver(() -> {
        assertThat(closed).hasValue(1);
        called.incrementAndGet();
      });
      await("the call", () -> called.get() == 1);
      rehearsing.whenOver(called::incrementAndGet);
      assertThat(called).hasValue(2);
    }
    assertThat(called).hasValue(2);
  }

  @Test
  void onePluginThatFailsDoesNotKeepAnotherFromRehearsing() {
    plugin(
        "refuses",
        shard -> {
          throw new IllegalStateException("on purpose");
        });
    plugin(
        "fails",
        shard ->
            Optional.of(
                new Rehearsal() {
                  @Override
                  public void round() {
                    throw new IllegalStateException("on purpose");
                  }

                  @Override
                  public void close() {
                    closed.incrementAndGet();
                    throw new IllegalStateException("on purpose, too");
                  }
                }));
    plugin("works", this::counting);
    try (var _ = begin()) {
      await("the end of both", () -> closed.get() == 2);
      assertThat(rounds.get()).isPositive();
    }
  }

  @Test
  void itGivesWayToRealPackets() {
    var asked = new CountDownLatch(1); // what was carried before does not count
    plugin(
        "slow",
        shard -> {
          asked.countDown();
          // So slow that it would not end otherwise before the packets came.
          shard.after(
              Duration.ofMillis(1),
              () -> await("packets", () -> real.carried() > Rehearsing.REAL_BATCHES));
          return counting(shard);
        });
    real.consume(Lane.TO_TUN, PacketBatch::close);
    try (var _ = begin()) {
      await("under way", () -> asked.getCount() == 0);
      real.execute(() -> {
        for (int i = 0; i <= Rehearsing.REAL_BATCHES; i++) {
          var batch = real.pool().tryAcquire();
          if (batch != null && !real.lane(Lane.TO_TUN).offer(batch)) {
            batch.close();
          }
        }
      });
      await("the end", () -> closed.get() == 1);
      assertThat(state).startsWith("ended, because packets came");
    }
  }

  @Test
  void closingEndsItAndReleasesEverything() {
    plugin("one", this::counting);
    plugin("two", this::counting);
    begin().close();
    assertThat(closed.get()).isIn(0, 2);
    int before = rounds.get();
    assertThat(state).startsWith("ended, because the gateway stopped");
    assertThat(rounds).hasValue(before);
  }

  @Test
  void withoutAnEventLoopToSpareThereIsNone() {
    try (var second = EventLoopShard.open(scope, 1, SMALL)) {
      assertThat(Rehearsing.begin(scope, plugins, List.of(real, second), words -> state = words))
          .isNull();
      assertThat(state).startsWith("off");
    }
  }
}
