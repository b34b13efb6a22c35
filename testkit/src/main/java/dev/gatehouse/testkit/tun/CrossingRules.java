package dev.gatehouse.testkit.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.lab.Await;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Rules about packets that cross: unchanged, in order, within the limits of batch and MTU.
 *
 * @since 0.1.0
 */
public abstract class CrossingRules extends TunKit {

  /** For the next rules. */
  protected CrossingRules() {}

  /** Both families, both directions, byte for byte. */
  @Test
  public void rule01packetsCrossUnchanged() throws Exception {
    crosses(started(USUAL), PEERS);
  }

  /** What the host sends comes out in the order of each flow, none lost, none twice. */
  @Test
  public void rule02orderFromTheHostIsKept() throws Exception {
    started(USUAL);
    for (int from = 0; from < 2000; from += 200) {
      for (int i = from; i < from + 200; i++) {
        host().send(PEERS.get(i % 2), PEER_PORT, numbered(i, 16 + i % 700));
      }
      expectInOrder(from, 200);
    }
    assertThat(next(QUIET)).as("a packet too many").isNull();
  }

  private void expectInOrder(int from, int count) throws Exception {
    var expected = new HashMap<IpAddress, Integer>();
    PEERS.forEach(peer -> expected.put(peer, from + PEERS.indexOf(peer)));
    for (int i = 0; i < count; i++) {
      var came = next();
      int number = number(came.payload());
      assertThat(number).as("next of %s", came.to()).isEqualTo(expected.get(came.to()));
      assertThat(came.payload()).isEqualTo(numbered(number, 16 + number % 700));
      expected.put(came.to(), number + 2);
    }
  }

  /** What the tunnel writes reaches the host in the order of each flow, none lost, none twice. */
  @Test
  public void rule03orderToTheHostIsKept() throws Exception {
    var device = started(USUAL);
    int written = 0;
    var expected = new int[] {0, 1};
    while (written < 2000) {
      var packets = new ArrayList<byte @Nullable []>();
      for (int size = 1 + written % 61; size > 0; size--, written++) {
        packets.add(toHost(device, PEERS.get(written % 2), numbered(written, 16 + written % 300)));
      }
      write(shard(), packets);
      for (int i = 0; i < packets.size(); i++) {
        var came = atHost();
        int number = number(came);
        assertThat(number).isEqualTo(expected[number % 2]);
        assertThat(came).isEqualTo(numbered(number, 16 + number % 300));
        expected[number % 2] += 2;
      }
    }
    assertThat(host().receive(QUIET)).as("a packet too many").isNull();
  }

  /** A full batch, one with dropped entries, and an empty one. */
  @Test
  public void rule04batchesOfEverySizeAreWritten() throws Exception {
    var device = started(USUAL);
    var full = new ArrayList<byte @Nullable []>();
    for (int i = 0; i < PacketBatch.CAPACITY; i++) {
      full.add(i % 3 == 1 ? null : toHost(device, PEERS.getFirst(), numbered(i, 20)));
    }
    write(shard(), full);
    for (int i = 0; i < PacketBatch.CAPACITY; i++) {
      if (i % 3 != 1) {
        assertThat(number(atHost())).isEqualTo(i);
      }
    }
    write(shard(), List.of());
    var dropped = new ArrayList<byte @Nullable []>();
    dropped.add(null);
    write(shard(), dropped);
    crosses(device, PEERS);
    Await.until("all batches to come back", patience(), () -> shard().pool().inFlight() == 0);
    assertThat(drops(device)).as("drops").isZero();
  }

  /** Batches that come out keep the rules of batches; see {@link BatchRules}. */
  @Test
  public void rule05batchesThatComeOutKeepTheRules() throws Exception {
    started(USUAL);
    for (int i = 0; i < 1000; i++) {
      host().send(PEERS.get(i % 2), PEER_PORT, numbered(i, 4 + (i * 37) % 1300));
      if (i % 100 == 99) {
        for (int j = 0; j < 100; j++) {
          next();
        }
      }
    }
  }

  /** Everything from an empty datagram to a full MTU crosses whole. */
  @Test
  public void rule06packetsOfEverySizeCross() throws Exception {
    var device = started(USUAL);
    for (var peer : PEERS) {
      int most = USUAL.mtu() - Datagrams.headers(peer.isV4());
      for (int length : new int[] {4, 5, 31, 32, 33, 63, 64, 65, 511, most - 1, most}) {
        host().send(peer, PEER_PORT, numbered(length, length));
        assertThat(next().payload()).isEqualTo(numbered(length, length));
        write(shard(), List.of(toHost(device, peer, numbered(length, length))));
        assertThat(atHost()).isEqualTo(numbered(length, length));
      }
    }
  }

  /** A host that sends more than the MTU gets no packet above it through, and harms nothing. */
  @Test
  public void rule07nothingLargerThanTheMtuComesOut() throws Exception {
    var device = started(USUAL);
    for (var peer : PEERS) {
      host().send(peer, PEER_PORT, numbered(1, USUAL.mtu() + 100));
      host().send(peer, PEER_PORT, numbered(2, 100));
      assertThat(number(next().payload())).isEqualTo(2);
    }
    crosses(device, PEERS);
  }

  /** A packet over the MTU reaches the host whole or is counted; the next one is unharmed. */
  @Test
  public void rule08anOversizePacketIsWrittenWholeOrCounted() throws Exception {
    var device = started(USUAL);
    var large = numbered(1, USUAL.mtu() + 100);
    write(
        shard(),
        List.of(
            toHost(device, PEERS.getFirst(), large),
            toHost(device, PEERS.getFirst(), numbered(2, 100))));
    var came = atHost();
    if (number(came) == 1) {
      assertThat(came).isEqualTo(large);
      came = atHost();
    } else {
      Await.until("the drop to be counted", patience(), () -> drops(device) == 1);
    }
    assertThat(came).isEqualTo(numbered(2, 100));
  }

  /** What is no IP packet does not reach the host and harms nothing. */
  @Test
  public void rule09whatIsNoPacketIsNotWritten() throws Exception {
    var device = started(USUAL);
    var cut = toHost(device, PEERS.getFirst(), numbered(1, 100));
    cut[0] = 0x15;
    write(shard(), List.of(new byte[1], new byte[40], cut));
    write(shard(), List.of(toHost(device, PEERS.getFirst(), numbered(2, 100))));
    assertThat(number(atHost())).isEqualTo(2);
    assertThat(device.health().isOk()).isTrue();
  }

  /** Every shard writes; each keeps its own order. */
  @Test
  public void rule10everyShardWrites() throws Exception {
    var device = started(USUAL);
    var expected = new int[] {0, 1};
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 10; i++) {
        for (var shard : shards()) {
          int number = (round * 10 + i) * 2 + shard.index();
          write(shard, List.of(toHost(device, PEERS.get(shard.index()), numbered(number, 30))));
        }
      }
      for (int i = 0; i < 20; i++) {
        int number = number(atHost());
        assertThat(number).isEqualTo(expected[number % 2]);
        expected[number % 2] += 2;
      }
    }
  }
}
