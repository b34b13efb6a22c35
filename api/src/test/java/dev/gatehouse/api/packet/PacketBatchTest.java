package dev.gatehouse.api.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacketBatchTest {

  private final SlabPool pool = new SlabPool(4, SlabPool.DEFAULT_SLAB_BYTES);

  @AfterEach
  void closePool() {
    pool.close();
  }

  private PacketBatch acquire() {
    return Objects.requireNonNull(pool.tryAcquire());
  }

  @Test
  void everyPacketHasItsHeadroomAndTailroom() {
    var random = Seeds.random("PacketBatchTest");
    try (var batch = acquire()) {
      int end = 0;
      while (true) {
        int length = 1 + random.nextInt(3000);
        int offset = batch.reserve(length);
        if (offset < 0) {
          assertThat(batch.size() == PacketBatch.CAPACITY || batch.remaining() < length).isTrue();
          break;
        }
        int used = 1 + random.nextInt(length);
        batch.commit(offset, used);
        assertThat(offset % 64).isZero();
        assertThat(offset - end).isGreaterThanOrEqualTo(PacketBatch.HEADROOM);
        end = offset + used + PacketBatch.TAILROOM;
        assertThat(end).isLessThanOrEqualTo((int) batch.slab().byteSize());
      }
    }
  }

  @Test
  void twoLargestSuperPacketsFitOneSlab() {
    try (var batch = acquire()) {
      for (int i = 0; i < 2; i++) {
        int offset = batch.reserve(65535);
        assertThat(offset).isPositive();
        batch.commit(offset, 65535);
      }
    }
  }

  @Test
  void aDroppedEntryKeepsItsPlaceAndIsCounted() {
    var drops = new DropCounters();
    try (var batch = acquire()) {
      batch.commit(batch.reserve(100), 100);
      batch.commit(batch.reserve(1000), 1000);
      batch.segmentSize(1, 300);
      batch.drop(0, DropReason.MALFORMED, drops);
      batch.drop(1, DropReason.NOT_ALLOWED, drops);
      assertThat(batch.size()).isEqualTo(2);
      assertThat(batch.length(0)).isZero();
    }
    assertThat(drops.of(DropReason.MALFORMED)).isEqualTo(1);
    assertThat(drops.of(DropReason.NOT_ALLOWED)).isEqualTo(4);
    assertThat(drops.total()).isEqualTo(5);
  }

  @Test
  void closingTwiceAndUsingAfterCloseAreErrors() {
    var batch = acquire();
    batch.close();
    assertThatThrownBy(batch::close).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(batch::size).isInstanceOf(AssertionError.class);
  }

  @Test
  void anEmptyPoolGivesNull() {
    var all = new ArrayList<PacketBatch>();
    for (int i = 0; i < pool.capacity(); i++) {
      all.add(acquire());
    }
    assertThat(pool.tryAcquire()).isNull();
    assertThat(pool.inFlight()).isEqualTo(4);
    all.forEach(PacketBatch::close);
    assertThat(pool.inFlight()).isZero();
  }

  @Test
  void aBatchNeverHasTwoOwnersUnderContention() throws Exception {
    var owners = new AtomicInteger[4];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = new AtomicInteger();
    }
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<Integer> fighter = () -> fight(owners);
      var results = threads.invokeAll(Collections.nCopies(4, fighter));
      for (var result : results) {
        assertThat(result.get()).isPositive();
      }
    }
    assertThat(pool.inFlight()).isZero();
  }

  private int fight(AtomicInteger[] owners) {
    int got = 0;
    for (int i = 0; i < 100_000; i++) {
      var batch = pool.tryAcquire();
      if (batch != null) {
        got++;
        assertThat(owners[batch.slot].incrementAndGet()).isEqualTo(1);
        owners[batch.slot].decrementAndGet();
        batch.close();
      }
    }
    return got;
  }
}
