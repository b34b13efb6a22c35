package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Packets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PacketPathTest {

  private static final byte[] GOOD = Packets.tcp("100.64.0.10", 40000, "10.0.0.5", 80);
  private static final byte[] BAD = Packets.tcp("100.64.0.10", 40000, "10.0.0.5", 22);

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory, new PolicyConfig(Duration.ofSeconds(3), Duration.ofHours(1), 10));
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.client("phone", 11));
    bench.store.put(Bench.resource("web", "10.0.0.0/24", "tcp/80", "icmp"));
    bench.authorize("laptop", "web", null);
    bench.started();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aMixedBatchKeepsWhatIsAllowedInOrder() {
    var second = Packets.tcp("100.64.0.10", 40001, "10.0.0.6", 80);

    assertThat(bench.fromClient("laptop", GOOD, BAD, second, new byte[3], GOOD))
        .containsExactly(GOOD, second, GOOD);

    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"))).hasSize(1);
    assertThat(bench.drops("malformed")).isEqualTo(1);
    assertThat(bench.drops("not_allowed")).isEqualTo(1);
    assertThat(bench.status("packets-allowed-in")).isEqualTo(3);
    assertThat(bench.status("bytes-allowed-in")).isEqualTo(3L * GOOD.length);
  }

  @Test
  void theGatewayItselfIsReachableWithoutAuthorization() {
    var ping = Packets.ping("100.64.0.11", "100.64.0.1", 1);
    var answer = Packets.ping("100.64.0.1", "100.64.0.11", 1);

    assertThat(bench.fromClient("phone", ping)).containsExactly(ping);
    assertThat(bench.toClient("phone", answer)).containsExactly(answer);
  }

  @Test
  void aClientCannotSpeakForAnother() {
    var spoofed = Packets.tcp("100.64.0.10", 40000, "10.0.0.5", 80);

    assertThat(bench.fromClient("phone", spoofed)).isEmpty();

    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("phone"))).hasSize(1);
    assertThat(bench.drops("spoofed_source")).isEqualTo(1);
  }

  @Test
  void aClientCannotReachAnother() {
    assertThat(bench.passes("laptop", Packets.ping("100.64.0.10", "100.64.0.11", 1))).isFalse();
    assertThat(bench.toClient("phone", Packets.ping("100.64.0.10", "100.64.0.11", 1))).isEmpty();
  }

  @Test
  void aTrainIsJudgedOnceAndCountedAsItsPackets() {
    var batch = bench.shard.pool().acquire();
    var allowed = Packets.ip(address("10.0.0.5"), address("100.64.0.10"), 6, payload(80, 5000));
    var refused = Packets.ip(address("10.0.0.5"), address("100.64.0.10"), 6, payload(81, 5000));
    batch.segmentSize(Packets.add(batch, allowed, PacketBatch.NO_PEER), 1000);
    batch.segmentSize(Packets.add(batch, refused, PacketBatch.NO_PEER), 1000);
    int pieces = batch.packets(0);

    bench.shard.send(Lane.FROM_TUN, batch);

    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"))).containsExactly(allowed);
    assertThat(bench.status("packets-allowed-out")).isEqualTo(pieces);
    assertThat(bench.drops("not_allowed")).isEqualTo(pieces);
  }

  private static dev.gatehouse.api.model.IpAddress address(String text) {
    return Packets.address(text);
  }

  private static byte[] payload(int sourcePort, int length) {
    return Packets.transport(6, sourcePort, 40000, length);
  }

  @Test
  void icmpErrorsFromTheDevicePassIfTheyAreAboutThePacketsOfTheirReceiver() {
    var about = Packets.icmp(3, 1, 0, Arrays.copyOf(GOOD, 28));
    var foreign = Packets.icmp(3, 1, 0, Packets.tcp("100.64.0.11", 1, "10.0.0.5", 80));
    var router = address("192.0.2.1");
    var client = address("100.64.0.10");

    assertThat(bench.toClient("laptop", Packets.ip(router, client, 1, about))).hasSize(1);
    assertThat(bench.toClient("laptop", Packets.ip(router, client, 1, foreign))).isEmpty();
  }

  @Test
  void refusedPacketsFromTheDeviceAreNotAnswered() {
    bench.toClient("phone", Packets.tcp("10.0.0.5", 80, "100.64.0.11", 1));

    assertThat(bench.shard.take(Lane.TO_TUN)).isNull();
    assertThat(bench.status("icmp-errors-sent")).isZero();
  }

  @Test
  void icmpErrorsAreLimitedPerClient() {
    bench.fromClient("phone", new byte[3]);
    for (int i = 0; i < 25; i++) {
      bench.fromClient("laptop", BAD);
    }
    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"))).hasSize(10);
    assertThat(bench.status("icmp-errors-suppressed")).isEqualTo(15);

    bench.fromClient("phone", Packets.tcp("100.64.0.11", 1, "10.0.0.5", 80));
    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("phone"))).hasSize(1);

    bench.shard.advance(Duration.ofMillis(500));
    for (int i = 0; i < 25; i++) {
      bench.fromClient("laptop", BAD);
    }
    assertThat(bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"))).hasSize(5);
  }

  @Test
  void anEmptyPoolCostsOnlyTheIcmpError() {
    var batch = bench.shard.pool().acquire();
    Packets.add(batch, BAD, bench.handle("laptop"));
    Packets.add(batch, GOOD, bench.handle("laptop"));
    var others = new java.util.ArrayList<PacketBatch>();
    for (var next = bench.shard.pool().tryAcquire();
        next != null;
        next = bench.shard.pool().tryAcquire()) {
      others.add(next);
    }

    bench.shard.send(Lane.FROM_TUNNEL, batch);

    assertThat(bench.taken(Lane.TO_TUN, PacketBatch.NO_PEER)).containsExactly(GOOD);
    assertThat(bench.status("icmp-errors-suppressed")).isEqualTo(1);
    others.forEach(PacketBatch::close);
  }

  @Test
  void aFullLaneIsCountedAndLeaksNothing() {
    bench.shard.capacity(Lane.TO_TUN, 0);
    bench.shard.capacity(Lane.TO_TUNNEL, 0);

    assertThat(bench.fromClient("laptop", GOOD, BAD, GOOD)).isEmpty();

    assertThat(bench.drops("lane_full")).isEqualTo(2);
    assertThat(bench.status("icmp-errors-suppressed")).isEqualTo(1);
  }

  @Test
  void aNameThatNobodyAskedForHasNoAddress() {
    bench.store.put(Bench.resource("git", "git.example.com"));
    bench.authorize("laptop", "git", null);

    assertThat(bench.status("dns-resources")).isEqualTo(1);
    assertThat(bench.passes("laptop", Packets.tcp("100.64.0.10", 1, "100.96.0.1", 80))).isFalse();
  }

  @Test
  void noiseNeverGetsThroughAndNeverLeaks() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      var packet = random.nextBoolean() ? GOOD.clone() : new byte[random.nextInt(200)];
      for (int j = 0; j <= random.nextInt(30) && packet.length > 0; j++) {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt();
      }
      for (var passed : bench.fromClient("laptop", packet)) {
        assertThat(passed).isEqualTo(packet);
        assertThat(Arrays.copyOfRange(packet, 12, 16)).containsExactly(100, 64, 0, 10);
      }
      bench.taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER);
      bench.toClient("laptop", packet);
    }
    assertThat(bench.stage.status()).extractingByKey("refusals").isInstanceOf(Map.class);
  }
}
