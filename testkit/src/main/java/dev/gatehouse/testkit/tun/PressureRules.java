package dev.gatehouse.testkit.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.lab.Await;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Rules about too much: the device waits with reading, and never makes its shard wait.
 *
 * @since 0.1.0
 */
public abstract class PressureRules extends CrossingRules {

  private static final int HELD_BATCHES = 16;

  /** For the next rules. */
  protected PressureRules() {}

  private void sendNumbered(int from, int count) throws Exception {
    for (int i = from; i < from + count; i++) {
      host().send(PEERS.getFirst(), PEER_PORT, numbered(i, 200));
    }
  }

  private void expectNumbered(int from, int count) throws Exception {
    for (int i = from; i < from + count; i++) {
      assertThat(number(next().payload())).isEqualTo(i);
    }
  }

  /** A lane that takes nothing: few batches are held, nothing is lost, all goes on later. */
  @Test
  public void rule11afullLaneStopsReading() throws Exception {
    var device = started(USUAL);
    sendNumbered(0, 1);
    expectNumbered(0, 1);
    shards().forEach(shard -> shard.capacity(Lane.FROM_TUN, 0));
    sendNumbered(1, 300);
    assertThat(next(QUIET)).isNull();
    for (var shard : shards()) {
      assertThat(shard.pool().inFlight()).as("batches held").isLessThanOrEqualTo(HELD_BATCHES);
    }
    shards().forEach(shard -> shard.capacity(Lane.FROM_TUN));
    expectNumbered(1, 300);
    assertThat(drops(device)).as("drops").isZero();
    crosses(device, PEERS);
  }

  /** A pool with nothing left: nothing is lost, all goes on later. */
  @Test
  public void rule12anEmptyPoolStopsReading() throws Exception {
    var device = started(USUAL);
    sendNumbered(0, 1);
    expectNumbered(0, 1);
    var taken = new ArrayList<PacketBatch>();
    for (var shard : shards()) {
      for (var batch = shard.pool().tryAcquire();
          batch != null;
          batch = shard.pool().tryAcquire()) {
        taken.add(batch);
      }
    }
    sendNumbered(1, 200);
    var early = next(QUIET);
    taken.forEach(PacketBatch::close);
    if (early != null) {
      assertThat(number(early.payload())).isEqualTo(1);
    }
    expectNumbered(early == null ? 1 : 2, early == null ? 200 : 199);
    assertThat(drops(device)).as("drops").isZero();
    crosses(device, PEERS);
  }

  /** A host that takes nothing: writing does not hold up the shard, and it goes on later. */
  @Test
  public void rule13ahostThatTakesNothingDoesNotHoldUpTheShard() throws Exception {
    var device = started(USUAL);
    var packets = new ArrayList<byte @Nullable []>();
    for (int i = 0; i < 100; i++) {
      packets.add(toHost(device, PEERS.getFirst(), numbered(i, 1000)));
    }
    for (int i = 0; i < 100; i++) {
      write(shard(), packets);
    }
    var done = new CountDownLatch(1);
    shard().execute(done::countDown);
    assertThat(done.await(patience().toSeconds(), TimeUnit.SECONDS))
        .as("the shard goes on")
        .isTrue();
    Await.until("all batches to come back", patience(), () -> shard().pool().inFlight() == 0);
    int last = -1;
    for (var came = host().receive(QUIET); came != null; came = host().receive(QUIET)) {
      int number = number(came);
      assertThat(number).isBetween(0, 99);
      last = number;
    }
    assertThat(last).as("something came").isNotNegative();
    crosses(device, PEERS);
  }
}
