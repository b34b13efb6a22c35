package dev.gatehouse.launcher.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.SlabPool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class BusLaneTest {

  private static PacketBatch numbered(PacketBatch batch, int number) {
    batch.append(0, 1);
    batch.peer(0, number);
    return batch;
  }

  private static int number(PacketBatch batch) {
    return batch.peer(0);
  }

  @Test
  void onOneLoopTheConsumerIsCalledBeforeOfferReturns() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var seen = new ArrayList<Integer>();
      house.shard.consume(
          Lane.FROM_TUN,
          batch -> {
            seen.add(number(batch));
            batch.close();
          });
      house.onLoop(() -> {
        var lane = house.shard.lane(Lane.FROM_TUN);
        for (int i = 0; i < 3; i++) {
          assertThat(lane.offer(numbered(house.pool.acquire(), i))).isTrue();
          assertThat(seen).hasSize(i + 1);
        }
        assertThat(lane.credits()).isEqualTo(64);
      });
      assertThat(seen).containsExactly(0, 1, 2);
      house.pool.assertAllReturned();
    }
  }

  @Test
  void withoutInlineEveryBatchCrossesTheBus() {
    try (var house = new ShardHouse(ShardHouse.PLAIN.withInline(false))) {
      var seen = Collections.synchronizedList(new ArrayList<Integer>());
      house.shard.consume(
          Lane.FROM_TUN,
          batch -> {
            seen.add(number(batch));
            batch.close();
          });
      house.onLoop(() -> {
        var lane = house.shard.lane(Lane.FROM_TUN);
        for (int i = 0; i < 3; i++) {
          assertThat(lane.offer(numbered(house.pool.acquire(), i))).isTrue();
        }
        assertThat(seen).isEmpty();
        assertThat(lane.credits()).isEqualTo(61);
      });
      ShardHouse.await("delivery", () -> seen.size() == 3);
      assertThat(seen).containsExactly(0, 1, 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void consumerThatOffersIntoItsOwnLaneIsNotCalledByItselfAndOrderHolds(boolean inline) {
    try (var house = new ShardHouse(ShardHouse.PLAIN.withInline(inline))) {
      var seen = Collections.synchronizedList(new ArrayList<Integer>());
      var depth = new AtomicInteger();
      var lane = house.shard.lane(Lane.TO_TUN);
      house.shard.consume(
          Lane.TO_TUN,
          batch -> {
            assertThat(depth.incrementAndGet()).isEqualTo(1);
            int number = number(batch);
            seen.add(number);
            batch.close();
            if (number < 200) {
              assertThat(lane.offer(numbered(house.pool.acquire(), number + 100))).isTrue();
              assertThat(lane.offer(numbered(house.pool.acquire(), number + 200))).isTrue();
            }
            depth.decrementAndGet();
          });
      house.onLoop(() -> {
        lane.offer(numbered(house.pool.acquire(), 1));
        lane.offer(numbered(house.pool.acquire(), 2));
      });
      ShardHouse.await("all of them", () -> seen.size() == 10);
      if (inline) {
        assertThat(seen).containsExactly(1, 101, 201, 2, 201, 301, 102, 202, 202, 302);
      } else {
        assertThat(seen).containsExactly(1, 2, 101, 201, 102, 202, 201, 301, 202, 302);
      }
      house.drain();
      house.pool.assertAllReturned();
    }
  }

  @Test
  void batchesWaitForTheirFirstConsumer() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var seen = Collections.synchronizedList(new ArrayList<Integer>());
      house.onLoop(() -> {
        for (int i = 0; i < 5; i++) {
          house.shard.lane(Lane.TO_TUNNEL).offer(numbered(house.pool.acquire(), i));
        }
      });
      house.shard.consume(
          Lane.TO_TUNNEL,
          batch -> {
            seen.add(number(batch));
            batch.close();
          });
      ShardHouse.await("delivery", () -> seen.size() == 5);
      assertThat(seen).containsExactly(0, 1, 2, 3, 4);
    }
  }

  @Test
  void fullLaneLeavesTheBatchWithItsProducer() {
    var settings = new ShardSettings(1, 1, 4, true, ShardHouse.PLAIN.spin());
    try (var house = new ShardHouse(settings)) {
      house.onLoop(() -> {
        var lane = house.shard.lane(Lane.TO_NETWORK);
        for (int i = 0; i < 4; i++) {
          assertThat(lane.credits()).isEqualTo(4 - i);
          assertThat(lane.offer(numbered(house.pool.acquire(), i))).isTrue();
        }
        assertThat(lane.credits()).isZero();
        try (var mine = numbered(house.pool.acquire(), 4)) {
          assertThat(lane.offer(mine)).isFalse();
          assertThat(number(mine)).isEqualTo(4);
        }
      });
    }
  }

  @Test
  void endOfTheConsumerClosesWhatIsQueuedAndRefusesMore() {
    try (var house = new ShardHouse(ShardHouse.PLAIN.withInline(false))) {
      var seen = new AtomicInteger();
      var watch =
          house.shard.consume(
              Lane.FROM_NETWORK,
              batch -> {
                seen.incrementAndGet();
                batch.close();
              });
      house.onLoop(() -> {
        var lane = house.shard.lane(Lane.FROM_NETWORK);
        for (int i = 0; i < 9; i++) {
          lane.offer(numbered(house.pool.acquire(), i));
        }
        watch.close();
        watch.close();
        house.pool.assertAllReturned();
        try (var late = numbered(house.pool.acquire(), 9)) {
          assertThat(lane.offer(late)).isFalse();
          assertThat(lane.credits()).isZero();
        }
      });
      house.drain();
      assertThat(seen).hasValue(0);
    }
  }

  @Test
  void secondConsumerIsRefused() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      house.shard.consume(Lane.FROM_NETWORK, PacketBatch::close);
      assertThatThrownBy(() -> house.shard.consume(Lane.FROM_NETWORK, PacketBatch::close))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("gatehouse.lane.1.0.from-network");
    }
  }

  @Test
  void failingConsumerLosesItsBatchButNotTheLane() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var seen = new ArrayList<Integer>();
      house.shard.consume(
          Lane.FROM_TUN,
          batch -> {
            int number = number(batch);
            batch.close();
            if (number == 1) {
              throw new IllegalStateException("on purpose");
            }
            seen.add(number);
          });
      house.onLoop(() -> {
        for (int i = 0; i < 3; i++) {
          house.shard.lane(Lane.FROM_TUN).offer(numbered(house.pool.acquire(), i));
        }
      });
      assertThat(seen).containsExactly(0, 2);
    }
  }

  @Test
  void betweenTwoThreadsNothingIsLostDoubledOrReordered() throws InterruptedException {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    for (int round = 0; round < 20; round++) {
      var random = new SplittableRandom(seed + round);
      int count = 2_000;
      int capacity = 1 << random.nextInt(5);
      var settings = new ShardSettings(1, 1, capacity, true, ShardHouse.PLAIN.spin());
      try (var house = new ShardHouse(settings);
          var pool = new SlabPool(12, 64)) {
        var wrong = new AtomicInteger();
        var expected = new AtomicInteger();
        var pauses = random.split();
        house.shard.consume(
            Lane.FROM_TUN,
            batch -> {
              if (number(batch) != expected.getPlain()) {
                wrong.incrementAndGet();
              }
              batch.close();
              pause(pauses);
              expected.setRelease(expected.getPlain() + 1);
            });
        var lane = house.shard.lane(Lane.FROM_TUN);
        var producer =
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < count; i++) {
                    var batch = pool.tryAcquire();
                    while (batch == null) {
                      Thread.onSpinWait();
                      batch = pool.tryAcquire();
                    }
                    numbered(batch, i);
                    while (!lane.offer(batch)) {
                      Thread.onSpinWait();
                    }
                    pause(random);
                  }
                });
        producer.join();
        ShardHouse.await("all batches of seed " + seed, () -> expected.getAcquire() == count);
        assertThat(wrong).as("seed " + seed).hasValue(0);
        assertThat(pool.inFlight()).isZero();
      }
    }
  }

  @Test
  void lastBatchBeforeSilenceIsAlwaysDelivered() {
    try (var house = new ShardHouse(ShardHouse.PLAIN);
        var pool = new SlabPool(4, 64)) {
      var seen = new AtomicLong();
      house.shard.consume(
          Lane.FROM_TUN,
          batch -> {
            batch.close();
            seen.incrementAndGet();
          });
      var lane = house.shard.lane(Lane.FROM_TUN);
      for (int i = 1; i <= 20_000; i++) {
        var batch = pool.tryAcquire();
        assertThat(batch).isNotNull();
        assertThat(lane.offer(Objects.requireNonNull(batch))).isTrue();
        long want = i;
        ShardHouse.await("delivery of batch " + i, () -> seen.get() == want);
      }
    }
  }

  @Test
  void producerOnAnotherThreadLosesNoBatchWhenTheLaneEnds() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      var owned = new AtomicInteger();
      try (var house = new ShardHouse(ShardHouse.PLAIN);
          var pool = new SlabPool(8, 64)) {
        var watch = house.shard.consume(Lane.FROM_TUN, PacketBatch::close);
        var lane = house.shard.lane(Lane.FROM_TUN);
        var producer =
            Thread.ofPlatform()
                .start(() -> {
                  while (true) {
                    var batch = pool.tryAcquire();
                    if (batch != null && !lane.offer(batch)) {
                      batch.close();
                      owned.incrementAndGet();
                      if (lane.credits() == 0 && owned.get() > 100) {
                        return;
                      }
                    }
                  }
                });
        watch.close();
        producer.join();
        house.drain();
        ShardHouse.await("every batch back", () -> pool.inFlight() == 0);
      }
      round += 9;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void statusTellsHowBatchesCrossed(boolean inline) {
    try (var house = new ShardHouse(ShardHouse.PLAIN.withInline(inline))) {
      var seen = new AtomicInteger();
      house.shard.consume(
          Lane.FROM_TUN,
          batch -> {
            batch.close();
            seen.incrementAndGet();
          });
      assertThat(house.shard.status()).containsEntry("lanes", Map.of());
      house.onLoop(() -> {
        for (int i = 0; i < 3; i++) {
          house.shard.lane(Lane.FROM_TUN).offer(numbered(house.pool.acquire(), i));
        }
      });
      ShardHouse.await("all", () -> seen.get() == 3);
      house.drain();
      assertThat(String.valueOf(house.shard.status().get("lanes")))
          .startsWith(
              inline
                  ? "{from-tun={handed-over=3, queued=0, doorbells="
                  : "{from-tun={handed-over=0, queued=3, doorbells=")
          .endsWith("waiting=0, failures=0}}");
      assertThat(house.shard.status())
          .containsEntry("batches", 32)
          .containsEntry("batches-in-use", 0)
          .containsEntry("failures", 0L);
    }
  }

  private static void pause(SplittableRandom random) {
    int spins = random.nextInt(100) == 0 ? random.nextInt(20_000) : random.nextInt(20);
    for (int i = 0; i < spins; i++) {
      Thread.onSpinWait();
    }
  }

  @Test
  void ringKeepsOrderThroughManyTurns() {
    try (var pool = new SlabPool(8, 64)) {
      var ring = new BatchRing(4);
      var random = new SplittableRandom(7);
      List<Integer> model = new ArrayList<>();
      int next = 0;
      for (int i = 0; i < 10_000; i++) {
        assertThat(ring.size()).isEqualTo(model.size());
        assertThat(ring.isEmpty()).isEqualTo(model.isEmpty());
        if (random.nextBoolean()) {
          var batch = Objects.requireNonNull(pool.tryAcquire());
          boolean taken = ring.offer(numbered(batch, next));
          assertThat(taken).isEqualTo(model.size() < 4);
          if (taken) {
            model.add(next++);
          } else {
            batch.close();
          }
        } else {
          var batch = ring.poll();
          if (model.isEmpty()) {
            assertThat(batch).isNull();
          } else {
            assertThat(number(Objects.requireNonNull(batch))).isEqualTo(model.removeFirst());
            Objects.requireNonNull(batch).close();
          }
        }
      }
    }
  }
}
