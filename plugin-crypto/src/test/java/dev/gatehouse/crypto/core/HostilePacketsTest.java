package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HostilePacketsTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 99L);
  private static final int PACKETS = Integer.getInteger("gatehouse.hostile", 1_000_000);
  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private final Node client = new Node("192.0.2.1:1000", 1);
  private final Node gateway = new Node("192.0.2.2:51820", 2, Duration.ofHours(1), 1_000_000);
  private final List<byte[]> recorded = new ArrayList<>();

  @BeforeEach
  void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    client.send(1, PACKET);
    for (int i = 0; i < 3; i++) {
      var up = client.sent();
      up.forEach(datagram -> recorded.add(datagram.bytes().array()));
      gateway.receive(up, client.address);
      client.receive(gateway.sent(), gateway.address);
    }
    client.send(1, PACKET);
    var last = client.sent();
    recorded.add(last.getFirst().bytes().array());
    gateway.receive(last, client.address);
    assertThat(gateway.opened()).hasSize(2);
  }

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  @Test
  void aMillionBadDatagramsGetNoReplyAndChangeNothing() {
    System.out.println("hostile packets: seed " + SEED);
    var random = new Random(SEED);
    long counted = gateway.drops.total();
    int receivers = gateway.core.receivers();
    int sent = 0;
    while (sent < PACKETS) {
      var batch = gateway.pool.acquire();
      while (batch.size() < PacketBatch.CAPACITY && batch.remaining() > 2048) {
        var bad = bad(random);
        int at = batch.reserve(bad.length);
        MemorySegment.copy(bad, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, bad.length);
        int index = batch.commit(at, bad.length);
        batch.path(index, FakePath.to("203.0.113." + random.nextInt(256) + ":7"));
        batch.ecn(index, random.nextInt(4));
      }
      sent += batch.size();
      gateway.now += 1_000_000;
      gateway.core.fromNetwork(batch, gateway.now);
    }
    assertThat(gateway.sent()).as("replies").isEmpty();
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.core.receivers()).as("growth").isEqualTo(receivers);
    assertThat(gateway.drops.total() - counted).isEqualTo(sent);
    assertThat(gateway.peer(1).path()).isEqualTo(client.address);
    client.now = gateway.now;
    client.send(1, PACKET);
    gateway.receive(client.sent(), client.address);
    assertThat(gateway.opened()).containsExactly(PACKET);
    System.out.println("hostile packets: " + sent + " met with silence");
  }

  /** Random, truncated, extended, bit-flipped, replayed; never a fresh authentic one. */
  private byte[] bad(Random random) {
    int kind = random.nextInt(6);
    if (kind == 0) {
      return Packets.random(random, 1 + random.nextInt(400));
    }
    if (kind == 1) {
      int[] sizes = {148, 92, 64, 32, 160};
      var bytes = Packets.random(random, sizes[random.nextInt(sizes.length)]);
      bytes[0] = (byte) (1 + random.nextInt(4));
      bytes[1] = bytes[2] = bytes[3] = 0;
      return bytes;
    }
    var bytes = recorded.get(random.nextInt(recorded.size())).clone();
    return switch (kind) {
      case 2 -> Packets.slice(bytes, 0, 1 + random.nextInt(bytes.length - 1));
      case 3 -> java.util.Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
      case 4 -> {
        int bit = random.nextInt(bytes.length * 8);
        bytes[bit / 8] = (byte) (bytes[bit / 8] ^ (1 << (bit % 8)));
        yield isMac2(bytes, bit / 8) ? recorded.getLast() : bytes;
      }
      default -> bytes[0] == Messages.INITIATION && random.nextInt(16) > 0 ? new byte[148] : bytes;
    };
  }

  /** A flip in mac2 does not matter without load; that would be a plain replay. */
  private static boolean isMac2(byte[] bytes, int at) {
    return bytes[0] == Messages.INITIATION && at >= 132;
  }
}
