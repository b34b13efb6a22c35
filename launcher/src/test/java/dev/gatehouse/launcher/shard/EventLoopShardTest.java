package dev.gatehouse.launcher.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.spi.Shard;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class EventLoopShardTest {

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count);
  }

  private static int read(FileDescriptor from, ByteBuffer into) {
    try {
      return from.read(into, 0, into.capacity());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int write(FileDescriptor to, ByteBuffer from) {
    try {
      return to.write(from, 0, from.capacity());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void tasksRunOnTheShardsThreadAndContextAndNeverInline() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      assertThat(house.shard.isCurrent()).isFalse();
      var order = Collections.synchronizedList(new ArrayList<String>());
      house.onLoop(() -> {
        assertThat(house.shard.isCurrent()).isTrue();
        house.shard.execute(() -> order.add("task"));
        order.add("first");
      });
      house.drain();
      assertThat(order).containsExactly("first", "task");
      var context = house.onLoop(Vertx::currentContext);
      assertThat(house.onLoop(Vertx::currentContext)).isSameAs(context);
    }
  }

  @Test
  void failingTaskDoesNotEndTheLoopOrItsTimer() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var runs = new AtomicInteger();
      house.shard.execute(() -> {
        throw new IllegalStateException("on purpose");
      });
      house.shard.every(
          Duration.ofMillis(1),
          () -> {
            assertThat(house.shard.isCurrent()).isTrue();
            if (runs.incrementAndGet() == 2) {
              throw new IllegalStateException("on purpose");
            }
          });
      ShardHouse.await("five runs", () -> runs.get() >= 5);
    }
  }

  @Test
  void closedTimersDoNotRun() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var runs = new AtomicInteger();
      var once = new AtomicInteger();
      house.shard.after(Duration.ofMillis(1), once::incrementAndGet);
      house.onLoop(() -> {
        house.shard.after(Duration.ofMillis(1), runs::incrementAndGet).close();
        var every = house.shard.every(Duration.ofMillis(1), runs::incrementAndGet);
        every.close();
        every.close();
      });
      ShardHouse.await("the other timer", () -> once.get() == 1);
      house.drain();
      assertThat(runs).hasValue(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 60})
  void pumpIsCalledWhileThereIsSomethingToRead(int spinMicros) throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    var settings = ShardHouse.PLAIN.withSpin(Duration.ofNanos(spinMicros * 1000L));
    try (var house = new ShardHouse(settings)) {
      var pipe = FileDescriptor.pipe();
      var got = new AtomicInteger();
      var buffer = bytes(1);
      var watch =
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                assertThat(house.shard.isCurrent()).isTrue();
                assertThat(Vertx.currentContext()).isNotNull();
                int count = Math.max(0, read(pipe[0], buffer));
                got.addAndGet(count);
                return count > 0;
              });
      for (int round = 1; round <= 200; round++) {
        assertThat(write(pipe[1], bytes(10))).isEqualTo(10);
        int want = 10 * round;
        ShardHouse.await(want + " bytes", () -> got.get() == want);
      }
      watch.close();
      watch.close();
      assertThat(write(pipe[1], bytes(10))).isEqualTo(10);
      house.drain();
      assertThat(got).hasValue(2000);
      // Still open and still the test's own.
      assertThat(read(pipe[0], bytes(10))).isEqualTo(10);
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void twoDescriptorsTakeTurns() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipes = new FileDescriptor[][] {FileDescriptor.pipe(), FileDescriptor.pipe()};
      var longest = new AtomicInteger();
      var current = new AtomicInteger();
      var last = new AtomicInteger(-1);
      var left = new AtomicInteger(2000);
      write(pipes[0][1], bytes(1000));
      write(pipes[1][1], bytes(1000));
      house.onLoop(() -> {
        for (var pipe : pipes) {
          var buffer = bytes(1);
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                if (read(pipe[0], buffer) <= 0) {
                  return false;
                }
                int run =
                    last.getAndSet(pipe[0].intValue()) == pipe[0].intValue()
                        ? current.incrementAndGet()
                        : 1;
                current.set(run);
                longest.accumulateAndGet(run, Math::max);
                left.decrementAndGet();
                return true;
              });
        }
      });
      ShardHouse.await("everything", () -> left.get() == 0);
      assertThat(longest.get()).isLessThanOrEqualTo(2);
      for (var pipe : pipes) {
        pipe[0].close();
        pipe[1].close();
      }
    }
  }

  @Test
  void pumpRestsWhileReadabilityIsNotWanted() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipe = FileDescriptor.pipe();
      var calls = new AtomicInteger();
      var watch =
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                calls.incrementAndGet();
                return read(pipe[0], bytes(1)) > 0;
              });
      house.onLoop(() -> watch.readable(false));
      write(pipe[1], bytes(3));
      for (int i = 0; i < 100; i++) {
        house.drain();
      }
      assertThat(calls).hasValue(0);
      house.onLoop(() -> watch.readable(true));
      ShardHouse.await("the pump", () -> calls.get() >= 3);
      watch.close();
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void pumpIsCalledOnceWhenTheDescriptorBecomesWritable() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipe = FileDescriptor.pipe();
      while (write(pipe[1], bytes(4096)) > 0) {}
      var calls = new AtomicInteger();
      var watch =
          house.shard.watch(
              pipe[1].intValue(),
              () -> {
                calls.incrementAndGet();
                return false;
              });
      house.onLoop(watch::wakeWhenWritable);
      for (int i = 0; i < 100; i++) {
        house.drain();
      }
      assertThat(calls).hasValue(0);
      read(pipe[0], bytes(1 << 16));
      ShardHouse.await("the pump", () -> calls.get() == 1);
      for (int i = 0; i < 100; i++) {
        house.drain();
      }
      assertThat(calls).hasValue(1);
      watch.close();
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void pumpThatNeverReadsIsCalledLessAndLessOften() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipe = FileDescriptor.pipe();
      var calls = new AtomicInteger();
      var reading = new AtomicBoolean();
      var watch =
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                calls.incrementAndGet();
                return reading.get() && read(pipe[0], bytes(1)) > 0;
              });
      long begun = System.nanoTime();
      write(pipe[1], bytes(3));
      ShardHouse.await("as many calls as are made at once", () -> calls.get() >= 64);
      var elapsed = new AtomicBoolean();
      house.shard.after(Duration.ofMillis(200), () -> elapsed.set(true));
      ShardHouse.await("some time", elapsed::get);
      // At first often, in the end once in 128 ms.
      int most = 100 + (int) ((System.nanoTime() - begun) / 64_000_000);
      assertThat(calls.get()).isLessThanOrEqualTo(most);
      reading.set(true);
      int before = calls.get();
      ShardHouse.await("another try", () -> calls.get() >= before + 3);
      watch.close();
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void pumpThatFailsDoesNotEndTheWatch() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipe = FileDescriptor.pipe();
      var got = new AtomicInteger();
      var watch =
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                if (read(pipe[0], bytes(1)) <= 0) {
                  return false;
                }
                if (got.incrementAndGet() == 1) {
                  throw new IllegalStateException("on purpose");
                }
                return true;
              });
      write(pipe[1], bytes(3));
      ShardHouse.await("the rest", () -> got.get() == 3);
      watch.close();
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void manyWatchesComeAndGoWithoutTouchingTheDescriptor() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var pipe = FileDescriptor.pipe();
      for (int i = 0; i < 500; i++) {
        house.shard.watch(pipe[0].intValue(), () -> false).close();
      }
      write(pipe[1], bytes(1));
      assertThat(read(pipe[0], bytes(1))).isEqualTo(1);
      house.shard.watch(pipe[0].intValue(), () -> false);
      house.shard.close();
      write(pipe[1], bytes(1));
      assertThat(read(pipe[0], bytes(1))).isEqualTo(1);
      pipe[0].close();
      pipe[1].close();
    }
  }

  @Test
  void descriptorThatDoesNotExistIsRefused() {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      assertThatThrownBy(() -> house.shard.watch(60_000, () -> false))
          .isInstanceOf(RuntimeException.class);
    }
  }

  @Test
  void withoutEpollWatchingIsRefusedWithASentence() {
    try (var house = new ShardHouse(ShardHouse.PLAIN, false)) {
      assertThatThrownBy(() -> house.shard.watch(0, () -> false))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("does not run on epoll");
    }
  }

  @Test
  void spinningLoopStillRunsTasksAndTimersAndThenRests() throws IOException {
    assumeTrue(Epoll.isAvailable(), "descriptors are watched with epoll only");
    try (var house = new ShardHouse(ShardHouse.PLAIN.withSpin(Duration.ofMillis(20)))) {
      var pipe = FileDescriptor.pipe();
      var got = new AtomicInteger();
      Shard.DescriptorWatch watch =
          house.shard.watch(
              pipe[0].intValue(),
              () -> {
                int count = Math.max(0, read(pipe[0], bytes(1)));
                got.addAndGet(count);
                return count > 0;
              });
      var ticks = new AtomicInteger();
      house.shard.every(Duration.ofMillis(1), ticks::incrementAndGet);
      for (int i = 1; i <= 100; i++) {
        write(pipe[1], bytes(1));
        int want = i;
        ShardHouse.await("byte " + i, () -> got.get() == want);
        house.drain();
      }
      int before = ticks.get();
      ShardHouse.await("timers", () -> ticks.get() > before + 5);
      watch.close();
      pipe[0].close();
      pipe[1].close();
    }
  }
}
