package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.UdpPath;
import dev.gatehouse.testkit.TrackingPool;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SenderTest {

  private static final UdpPath PATH =
      new UdpPath(Endpoint.parse("192.0.2.1:7"), IpAddress.parse("192.0.2.9"), 3, 0);
  private static final UdpPath OTHER =
      new UdpPath(Endpoint.parse("[2001:db8::1]:7"), IpAddress.parse("2001:db8::9"), 3, 1);

  private final TrackingPool pool = new TrackingPool(80);
  private final FakeCalls kernel = new FakeCalls();
  private final Counters counters = new Counters();
  private final List<Integer> woken = new ArrayList<>();
  private final Sender sender =
      new Sender(kernel, new int[] {10, 11}, true, counters, woken::add, Arena.ofAuto());
  private int next;

  @AfterEach
  void nothingIsLeft() {
    sender.close();
    pool.assertAllReturned();
  }

  private PacketBatch train(PacketBatch batch, @Nullable Path path, int count, int size, int last) {
    int length = (count - 1) * size + last;
    int at = batch.reserve(length);
    for (int i = 0; i < count; i++) {
      Octets.u32(batch.slab(), at + i * size, next++);
    }
    int index = batch.commit(at, length);
    batch.segmentSize(index, count > 1 ? size : 0);
    batch.path(index, path);
    return batch;
  }

  private PacketBatch single(PacketBatch batch, @Nullable Path path) {
    return train(batch, path, 1, 100, 100);
  }

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void trainGoesInOneCallFromTheAddressThatWasAddressed() {
    sender.accept(train(pool.acquire(), PATH, 44, 1452, 500));
    assertThat(kernel.sent).containsExactly(new FakeCalls.Sent(true, upTo(44), true, 10));
    assertThat(counters.of(Counters.Key.DATAGRAMS_OUT)).isEqualTo(44);
    assertThat(counters.of(Counters.Key.BYTES_OUT)).isEqualTo(43 * 1452 + 500);
    assertThat(counters.of(Counters.Key.WRITES)).isEqualTo(1);
  }

  @Test
  void trainsBeyondTheKernelsLimitsAreCut() {
    sender.accept(train(pool.acquire(), OTHER, 100, 64, 64));
    assertThat(kernel.sent).extracting(call -> call.numbers().size()).containsExactly(64, 36);
    kernel.sent.clear();
    sender.accept(train(pool.acquire(), OTHER, 50, 1500, 10));
    assertThat(kernel.sent).extracting(call -> call.numbers().size()).containsExactly(43, 7);
    assertThat(kernel.sent).extracting(FakeCalls.Sent::descriptor).containsOnly(11);
  }

  @Test
  void remainderOfOneDatagramIsNoTrain() {
    sender.accept(train(pool.acquire(), PATH, 65, 64, 40));
    assertThat(kernel.sent).extracting(FakeCalls.Sent::train).containsExactly(true, false);
  }

  @Test
  void fullSocketKeepsTheRestInOrderUntilItIsWritable() {
    var batch = single(train(single(pool.acquire(), PATH), PATH, 70, 64, 64), PATH);
    kernel.answer = call -> kernel.sent.size() == 2 ? Linux.EAGAIN : 0;
    sender.accept(batch);
    assertThat(woken).containsExactly(0);
    assertThat(kernel.numbers()).hasSize(65);
    sender.accept(single(pool.acquire(), PATH));
    assertThat(sender.flush()).isFalse();
    assertThat(kernel.numbers()).hasSize(65);
    kernel.answer = call -> 0;
    assertThat(sender.flush()).isTrue();
    assertThat(kernel.numbers()).isEqualTo(upTo(73));
    assertThat(sender.flush()).isFalse();
  }

  @Test
  void whatWaitsIsBoundedAndTheRestIsCounted() {
    kernel.answer = call -> Linux.EAGAIN;
    for (int i = 0; i < Sender.QUEUE + 3; i++) {
      sender.accept(train(pool.acquire(), PATH, 4, 100, 100));
    }
    assertThat(pool.inFlight()).isEqualTo(Sender.QUEUE);
    assertThat(counters.drops.of(DropReason.LANE_FULL)).isEqualTo(12);
    sender.close();
    assertThat(counters.drops.of(DropReason.STOPPING)).isEqualTo(4L * Sender.QUEUE);
  }

  @Test
  void deviceThatCannotCutEndsTrainsAndResendsFromTheFirstUnsentDatagram() {
    kernel.answer = call -> call.train() && kernel.sent.size() == 1 ? Linux.EIO : 0;
    sender.accept(train(pool.acquire(), PATH, 70, 64, 64));
    assertThat(kernel.numbers()).isEqualTo(upTo(70));
    assertThat(kernel.sent).extracting(FakeCalls.Sent::train).startsWith(true, false, false);
    assertThat(sender.sendsTrains()).isFalse();
    kernel.answer = call -> 0;
    sender.accept(train(pool.acquire(), PATH, 5, 64, 64));
    assertThat(kernel.numbers()).isEqualTo(upTo(75));
    assertThat(kernel.sent).filteredOn(FakeCalls.Sent::train).hasSize(1);
  }

  @Test
  void pathTooNarrowForATrainCostsOthersNothing() {
    kernel.answer = call -> call.train() && call.descriptor() == 10 ? Linux.EMSGSIZE : 0;
    for (int i = 0; i < 100; i++) {
      sender.accept(train(pool.acquire(), PATH, 5, 1000, 10));
      sender.accept(train(pool.acquire(), OTHER, 5, 1000, 10));
    }
    assertThat(kernel.numbers()).isEqualTo(upTo(1000));
    assertThat(sender.sendsTrains()).isTrue();
    assertThat(kernel.sent).filteredOn(FakeCalls.Sent::train).hasSize(100);
  }

  @Test
  void kernelThatRefusesEveryTrainIsAskedNoMore() {
    kernel.answer = call -> call.train() ? Linux.EINVAL : 0;
    for (int i = 0; i < Sender.REFUSALS; i++) {
      assertThat(sender.sendsTrains()).isTrue();
      sender.accept(train(pool.acquire(), PATH, 5, 1000, 10));
    }
    assertThat(sender.sendsTrains()).isFalse();
    assertThat(kernel.numbers()).isEqualTo(upTo(5 * Sender.REFUSALS));
  }

  @Test
  void addressThatHasGoneIsReplacedByTheSystemsChoiceAndTrainsGoOn() {
    kernel.answer = call -> call.withSource() ? Linux.EINVAL : 0;
    for (int i = 0; i < 30; i++) {
      sender.accept(train(pool.acquire(), PATH, 5, 1000, 10));
    }
    assertThat(kernel.numbers()).isEqualTo(upTo(150));
    assertThat(kernel.sent).extracting(FakeCalls.Sent::train).containsOnly(true);
    assertThat(sender.sendsTrains()).isTrue();
    assertThat(counters.drops.total()).isZero();
  }

  @Test
  void networkThatIsAwayDoesNotMakeTheAddressForgotten() {
    kernel.answer = call -> Linux.ENETUNREACH;
    sender.accept(single(pool.acquire(), PATH));
    assertThat(counters.drops.of(DropReason.SEND_FAILED)).isEqualTo(1);
    kernel.answer = call -> 0;
    sender.accept(single(pool.acquire(), PATH));
    assertThat(kernel.sent).containsExactly(new FakeCalls.Sent(true, List.of(1), false, 10));
  }

  @Test
  void addressThatIsBackIsUsedAgain() {
    kernel.answer = call -> call.withSource() ? Linux.EADDRNOTAVAIL : 0;
    sender.accept(single(pool.acquire(), PATH));
    kernel.answer = call -> 0;
    for (int i = 0; i <= Sender.STALE_USES; i++) {
      sender.accept(single(pool.acquire(), PATH));
    }
    assertThat(kernel.sent.getFirst().withSource()).isFalse();
    assertThat(kernel.sent.getLast().withSource()).isTrue();
  }

  @Test
  void whatCannotBeSentIsCountedAndInNobodysWay() {
    kernel.answer = call -> call.descriptor() == 10 ? 101 : 0;
    var batch = train(single(pool.acquire(), PATH), PATH, 70, 64, 64);
    sender.accept(single(batch, OTHER));
    assertThat(kernel.numbers()).containsExactly(71);
    assertThat(counters.drops.of(DropReason.SEND_FAILED)).isEqualTo(71);
  }

  @Test
  void entriesWithoutAPathOfThisTransportAreCounted() {
    var nowhere = new UdpPath(PATH.remote(), PATH.local(), 0, -1);
    var foreign = new UdpPath(PATH.remote(), PATH.local(), 0, 2);
    var batch = single(single(single(single(pool.acquire(), null), nowhere), foreign), PATH);
    batch.drop(3, DropReason.TOO_BIG, counters.drops);
    sender.accept(single(batch, PATH));
    assertThat(kernel.numbers()).containsExactly(4);
    assertThat(counters.drops.of(DropReason.SEND_FAILED)).isEqualTo(3);
  }

  @Test
  void refusalOfAnEarlierDatagramIsNotHeldAgainstThisOne() {
    var errors = new ArrayList<>(List.of(Linux.ECONNREFUSED, Linux.EINTR));
    kernel.answer = call -> errors.isEmpty() ? 0 : errors.removeFirst();
    sender.accept(single(pool.acquire(), PATH));
    assertThat(kernel.numbers()).containsExactly(0);
    kernel.answer = call -> Linux.EINTR;
    sender.accept(single(pool.acquire(), PATH));
    assertThat(counters.drops.of(DropReason.SEND_FAILED)).isEqualTo(1);
  }

  @Test
  void whateverTheKernelAnswersEachDatagramIsSentOnceInOrderOrCounted() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var errors =
        new int[] {
          Linux.EAGAIN,
          Linux.EIO,
          Linux.EINVAL,
          Linux.EMSGSIZE,
          Linux.EADDRNOTAVAIL,
          Linux.ECONNREFUSED,
          Linux.EINTR,
          101,
          105
        };
    kernel.answer = call -> random.nextInt(3) == 0 ? errors[random.nextInt(errors.length)] : 0;
    for (int round = 0; round < 2_000; round++) {
      if (pool.inFlight() < 60) {
        var batch = pool.acquire();
        for (int i = random.nextInt(4); i >= 0; i--) {
          int count = 1 + random.nextInt(80);
          train(batch, random.nextBoolean() ? PATH : OTHER, count, 100, 4 + random.nextInt(97));
        }
        sender.accept(batch);
      }
      if (random.nextBoolean()) {
        sender.flush();
      }
    }
    kernel.answer = call -> 0;
    sender.flush();
    assertThat(kernel.numbers()).as("seed " + seed).isSorted().doesNotHaveDuplicates();
    assertThat(kernel.numbers().size() + counters.drops.total()).as("seed " + seed).isEqualTo(next);
  }
}
