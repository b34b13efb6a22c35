package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Super-packets in, trains of datagrams out, trains in, packets out. */
class TrainTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 4711L);

  private final Node client = new Node("192.0.2.1:1000", 1);
  private final Node gateway = new Node("192.0.2.2:51820", 2);
  private final Random random = new Random(SEED);

  @BeforeEach
  void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    client.send(1, Packets.udp4(new byte[1], 0));
    for (int i = 0; i < 3; i++) {
      gateway.receive(client.sent(), client.address);
      client.receive(gateway.sent(), gateway.address);
    }
    assertThat(gateway.opened()).hasSize(1);
  }

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  /** Gives the gateway the client's batches as they are, trains and all. */
  private List<byte[]> carryTrains() {
    for (var batch : client.sentBatches()) {
      var copy = gateway.pool.acquire();
      for (int i = 0; i < batch.size(); i++) {
        int at = copy.reserve(batch.length(i));
        MemorySegment.copy(batch.slab(), batch.offset(i), copy.slab(), at, batch.length(i));
        int index = copy.commit(at, batch.length(i));
        copy.segmentSize(index, batch.segmentSize(i));
        copy.path(index, client.address);
      }
      batch.close();
      gateway.core.fromNetwork(copy, gateway.now);
    }
    return gateway.opened();
  }

  @Test
  void packetsOfOneSizeBecomeOneTrainAndAShorterOneEndsIt() {
    var batch = client.pool.acquire();
    for (int size : new int[] {1000, 1000, 1000, 500, 1000, 1200}) {
      Node.add(batch, 1, Packets.udp4(new byte[size], 0), 0);
    }
    client.core.toTunnel(batch, client.now);
    var sent = client.sentBatches();
    assertThat(sent).hasSize(1);
    var out = sent.getFirst();
    int sealed = 32 + 1040;
    assertThat(out.size()).isEqualTo(3);
    assertThat(out.segmentSize(0)).isEqualTo(sealed);
    assertThat(out.length(0)).isEqualTo(3 * sealed + 32 + 528);
    assertThat(out.segmentSize(1)).isZero();
    assertThat(out.length(1)).isEqualTo(sealed);
    assertThat(out.segmentSize(2)).isZero();
    assertThat(out.length(2)).isEqualTo(32 + 1232);
    assertThat(out.path(0)).isEqualTo(gateway.address);
    out.close();
  }

  @Test
  void noTrainIsLongerThan64DatagramsOr65507Bytes() {
    for (int size : new int[] {10, 1372}) {
      var batch = client.pool.acquire();
      while (batch.size() < PacketBatch.CAPACITY && batch.remaining() > 1500) {
        Node.add(batch, 1, Packets.udp4(new byte[size], 0), 0);
      }
      client.core.toTunnel(batch, client.now);
      for (var out : client.sentBatches()) {
        for (int i = 0; i < out.size(); i++) {
          assertThat(out.packets(i)).isLessThanOrEqualTo(64);
          assertThat(out.length(i)).isLessThanOrEqualTo(65507);
        }
        out.close();
      }
    }
  }

  @Test
  void aFullPacketIsNotPaddedBeyondTheMtu() {
    client.send(1, Packets.udp4(new byte[1419 - 28], 0));
    client.send(1, Packets.udp4(new byte[1420 - 28], 0));
    client.send(1, Packets.udp4(new byte[1408 - 28], 0));
    assertThat(client.sent().stream().map(one -> one.bytes().list().size()))
        .containsExactly(32 + 1420, 32 + 1420, 32 + 1408);
  }

  @Test
  void tcpSuperPacketsAreCutAsTheRulesSay() {
    System.out.println("trains: seed " + SEED);
    for (int round = 0; round < 300; round++) {
      boolean six = random.nextBoolean();
      int payloadLength = 1 + random.nextInt(40_000);
      int segment = round % 5 == 0 ? 1 + random.nextInt(60) : 200 + random.nextInt(1300);
      segment = Math.max(segment, payloadLength / 120 + 1);
      int flags = random.nextInt(256) & 0x9f;
      int sequence = random.nextInt();
      var payload = Packets.random(random, payloadLength);
      var whole =
          six
              ? Packets.tcp6(payload, sequence, flags)
              : Packets.tcp4(payload, sequence, flags, 65_530);
      whole[six ? 40 + 16 : 20 + 16] = (byte) random.nextInt();
      var expected = new ArrayList<byte[]>();
      for (int done = 0, i = 0; done < payloadLength; done += segment, i++) {
        int end = Math.min(payloadLength, done + segment);
        int own = flags & ~(end < payloadLength ? 0x09 : 0) & ~(i > 0 ? 0x80 : 0);
        var piece = Packets.slice(payload, done, end);
        expected.add(
            six
                ? Packets.tcp6(piece, sequence + done, own)
                : Packets.tcp4(piece, sequence + done, own, 65_530 + i));
      }
      client.send(1, whole, segment);
      assertSame(carryTrains(), expected, "round " + round + ", seed " + SEED);
    }
  }

  @Test
  void udpSuperPacketsAreCutAsTheRulesSay() {
    for (int round = 0; round < 100; round++) {
      var payload = Packets.random(random, 1 + random.nextInt(30_000));
      int segment = Math.max(1 + random.nextInt(1372), payload.length / 120 + 1);
      var expected = new ArrayList<byte[]>();
      for (int done = 0, i = 0; done < payload.length; done += segment, i++) {
        var piece =
            Packets.udp4(Packets.slice(payload, done, Math.min(payload.length, done + segment)), 2);
        Packets.put16(piece, 4, 0x1234 + i);
        expected.add(Packets.withChecksums(piece));
      }
      client.send(1, Packets.udp4(payload, 2), segment);
      assertSame(carryTrains(), expected, "round " + round + ", seed " + SEED);
    }
  }

  private static void assertSame(List<byte[]> actual, List<byte[]> expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      if (!Arrays.equals(actual.get(i), expected.get(i))) {
        assertThat(actual.get(i)).as(what + ", piece " + i).isEqualTo(expected.get(i));
      }
    }
  }

  @Test
  void aLargeSuperPacketIsOneTrainWhereItFits() {
    client.send(1, Packets.tcp4(new byte[44 * 1368], 1, 0x10, 1), 1368);
    var out = client.sentBatches();
    assertThat(out).hasSize(1);
    assertThat(out.getFirst().size()).isEqualTo(1);
    assertThat(out.getFirst().segmentSize(0)).isEqualTo(1452);
    assertThat(out.getFirst().length(0)).isEqualTo(44 * 1452);
    out.getFirst().close();
  }

  @Test
  void whatCannotBeCutIsDropped() {
    var fragment = Packets.tcp4(new byte[3000], 1, 0x10, 1);
    fragment[6] = 0x20;
    var icmp = Packets.udp4(new byte[3000], 0);
    icmp[9] = 1;
    var options = Packets.tcp4(new byte[100], 1, 0x10, 1);
    options[20 + 12] = 0x40;
    var tooLong = Arrays.copyOf(Packets.tcp4(new byte[100], 1, 0x10, 1), 45);
    tooLong[20 + 12] = (byte) 0xf0;
    client.send(1, fragment, 1000);
    client.send(1, icmp, 1000);
    client.send(1, options, 50);
    client.send(1, tooLong, 10);
    client.send(1, new byte[] {0x45, 0, 0, 0}, 1);
    assertThat(client.sent()).isEmpty();
    assertThat(client.dropped(DropReason.MALFORMED)).isGreaterThanOrEqualTo(5);
  }

  @Test
  void aTrainThatWaitedForASessionIsCutToo() {
    var late = new Node("192.0.2.9:9", 9);
    late.knows(gateway, 4, true);
    gateway.knows(late, 4, false);
    late.send(4, Packets.tcp4(new byte[3000], 1, 0x18, 1), 1000);
    for (int i = 0; i < 3; i++) {
      gateway.receive(late.sent(), late.address);
      late.receive(gateway.sent(), gateway.address);
    }
    assertThat(gateway.opened())
        .containsExactly(
            Packets.tcp4(new byte[1000], 1, 0x10, 1),
            Packets.tcp4(new byte[1000], 1001, 0x10, 2),
            Packets.tcp4(new byte[1000], 2001, 0x18, 3));
    late.close();
  }

  @Test
  void moreThan128PacketsInOneBatchAllArriveInOrder() {
    var expected = new ArrayList<byte[]>();
    var batch = client.pool.acquire();
    for (int i = 0; i < 128; i++) {
      expected.add(Packets.udp4(new byte[] {(byte) i, 1}, 0));
      Node.add(batch, 1, expected.getLast(), 0);
    }
    client.core.toTunnel(batch, client.now);
    batch = client.pool.acquire();
    for (int i = 0; i < 128; i++) {
      expected.add(Packets.udp4(new byte[] {(byte) i, 2}, 0));
      Node.add(batch, 1, expected.getLast(), 0);
    }
    client.core.toTunnel(batch, client.now);
    var all = gateway.pool.acquire();
    for (var out : client.sentBatches()) {
      for (int i = 0; i < out.size(); i++) {
        int at = all.reserve(out.length(i));
        MemorySegment.copy(out.slab(), out.offset(i), all.slab(), at, out.length(i));
        int index = all.commit(at, out.length(i));
        all.segmentSize(index, out.segmentSize(i));
        all.path(index, client.address);
      }
      out.close();
    }
    assertThat(all.size()).isEqualTo(4);
    gateway.core.fromNetwork(all, gateway.now);
    assertSame(gateway.opened(), expected, "256 packets");
    assertThat(gateway.drops.total()).isZero();
  }

  @Test
  void oneBadDatagramInATrainLosesOnlyItself() {
    var batch = client.pool.acquire();
    var expected = new ArrayList<byte[]>();
    for (int i = 0; i < 10; i++) {
      expected.add(Packets.udp4(Packets.random(random, 500), 0));
      Node.add(batch, 1, expected.getLast(), 0);
    }
    client.core.toTunnel(batch, client.now);
    var out = client.sentBatches().getFirst();
    int victim = out.offset(0) + 4 * out.segmentSize(0) + 100;
    byte before = out.slab().get(ValueLayout.JAVA_BYTE, victim);
    out.slab().set(ValueLayout.JAVA_BYTE, victim, (byte) (before ^ 1));
    var copy = gateway.pool.acquire();
    int at = copy.reserve(out.length(0));
    MemorySegment.copy(out.slab(), out.offset(0), copy.slab(), at, out.length(0));
    int index = copy.commit(at, out.length(0));
    copy.segmentSize(index, out.segmentSize(0));
    copy.path(index, client.address);
    out.close();
    gateway.core.fromNetwork(copy, gateway.now);
    expected.remove(4);
    assertSame(gateway.opened(), expected, "the other nine");
    assertThat(gateway.dropped(DropReason.FORGED)).isEqualTo(1);
  }
}
