package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.crypto.io.TestEngines;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a packet costs between the lanes: no allocation, and little time beside the AEAD. */
class DataPathCostTest {

  private static final int PAYLOAD = 1368;
  private static final int PIECES = 44;
  private static final TunnelListener DEAF =
      new TunnelListener() {
        @Override
        public void connected(int handle, Path path) {}

        @Override
        public void disconnected(int handle, DisconnectReason reason) {}

        @Override
        public void roamed(int handle, Path path) {}
      };

  /** A lane that holds one batch. */
  private static final class Slot implements PacketLane {
    @Nullable PacketBatch batch;

    @Override
    public boolean offer(PacketBatch offered) {
      if (batch != null) {
        return false;
      }
      batch = offered;
      return true;
    }

    @Override
    public int credits() {
      return 1;
    }

    PacketBatch take() {
      var taken = Objects.requireNonNull(batch);
      batch = null;
      return taken;
    }
  }

  private static final class Side {
    final SlabPool pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
    final Slot toNetwork = new Slot();
    final Slot fromTunnel = new Slot();
    final DropCounters drops = new DropCounters();
    final Path address;
    final Identity identity;
    final TunnelCore core;

    Side(AeadEngine engine, String endpoint, long seed) {
      var random = new Random(seed);
      address = FakePath.to(endpoint);
      identity = new Identity(Curve25519.generatePrivateKey(random));
      core =
          new TunnelCore(
              new TunnelCore.Settings(identity, engine, 1420, 1L << 60, 1000, 0, 1),
              new TunnelCore.Surroundings(
                  random,
                  () -> Tai64n.of(java.time.Instant.EPOCH),
                  pool,
                  toNetwork,
                  fromTunnel,
                  drops,
                  DEAF));
    }
  }

  private static final class Pair {
    final Side client;
    final Side gateway;
    long now = 1;

    Pair(AeadEngine engine) {
      client = new Side(engine, "192.0.2.1:1", 1);
      gateway = new Side(engine, "192.0.2.2:2", 2);
      introduce(client, gateway);
      introduce(gateway, client);
      var first = Objects.requireNonNull(client.pool.tryAcquire());
      Node.add(first, 1, Packets.udp4(new byte[8], 0), 0);
      client.core.toTunnel(first, now);
      gateway.core.fromNetwork(arrived(client), now);
      client.core.fromNetwork(arrived(gateway), now);
      gateway.core.fromNetwork(arrived(client), now);
      gateway.fromTunnel.take().close();
    }

    private static void introduce(Side one, Side other) {
      one.core.putPeer(
          new TunnelCore.PeerSpec(
              1,
              PublicKey.of(other.identity.publicKey()),
              Optional.empty(),
              other.address,
              0,
              Timing.STANDARD),
          1);
    }

    /** The batch a side sent, as the other side's transport would hand it over. */
    private static PacketBatch arrived(Side from) {
      var batch = from.toNetwork.take();
      for (int i = 0; i < batch.size(); i++) {
        batch.path(i, from.address);
      }
      return batch;
    }

    /** Sends a super-packet through and back out. */
    void superPacket(byte[] packet) {
      var batch = Objects.requireNonNull(client.pool.tryAcquire());
      Node.add(batch, 1, packet, PAYLOAD);
      cross(batch);
    }

    void singles(byte[] packet, int count) {
      var batch = Objects.requireNonNull(client.pool.tryAcquire());
      for (int i = 0; i < count; i++) {
        int at = batch.reserve(packet.length);
        MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
        batch.peer(batch.commit(at, packet.length), 1);
      }
      cross(batch);
    }

    private void cross(PacketBatch batch) {
      client.core.toTunnel(batch, now);
      gateway.core.fromNetwork(arrived(client), now);
      gateway.fromTunnel.take().close();
    }
  }

  /** By reflection, since the module under test does not read the module that knows. */
  private static long allocatedBytes() throws ReflectiveOperationException {
    var bean =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    return (long)
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getCurrentThreadAllocatedBytes")
            .invoke(bean);
  }

  @Test
  void packetsCostNoAllocation() throws ReflectiveOperationException {
    var engine = TestEngines.fastest();
    assumeTrue(engine.name().equals("openssl"), "the JDK's own engine allocates");
    var pair = new Pair(engine);
    var big = Packets.tcp4(new byte[PAYLOAD * PIECES], 1, 0x10, 1);
    var small = Packets.udp4(new byte[36], 0);
    for (int i = 0; i < 1500; i++) {
      pair.superPacket(big);
      pair.singles(small, 64);
    }
    int rounds = 500;
    long packets = (long) rounds * (PIECES + 64);
    long bytes = Long.MAX_VALUE;
    // On a busy machine the compiler is late, and what it has not compiled allocates.
    for (int attempt = 0; attempt < 40 && bytes >= packets; attempt++) {
      long before = allocatedBytes();
      for (int i = 0; i < rounds; i++) {
        pair.superPacket(big);
        pair.singles(small, 64);
      }
      bytes = allocatedBytes() - before;
    }
    System.out.println("data path: " + bytes + " bytes allocated for " + packets + " packets");
    assertThat(bytes / packets).isZero();
    assertThat(pair.gateway.drops.total() + pair.client.drops.total()).isZero();
  }

  @Test
  void aPacketsTimeIsMostlyThatOfItsAead() {
    for (var engine : TestEngines.all()) {
      if (engine.name().equals("bouncycastle")) {
        continue;
      }
      var pair = new Pair(engine);
      var big = Packets.tcp4(new byte[PAYLOAD * PIECES], 1, 0x10, 1);
      var small = Packets.udp4(new byte[36], 0);
      double aead = aeadNanos(engine, 1420);
      double aeadSmall = aeadNanos(engine, 64);
      double train = best(() -> pair.superPacket(big), PIECES);
      double single = best(() -> pair.singles(small, 64), 64);
      System.out.printf(
          Locale.ROOT,
          "data path: %s, ns per packet sealed and opened: 1420 B in trains %.0f (AEAD %.0f),"
              + " 64 B single %.0f (AEAD %.0f)%n",
          engine.name(),
          train,
          aead,
          single,
          aeadSmall);
      assertThat(train).isPositive();
    }
  }

  private static double aeadNanos(AeadEngine engine, int length) {
    var batch = Objects.requireNonNull(new SlabPool(1, 8192).tryAcquire());
    var slab = batch.slab();
    try (var confined = engine.confined();
        var sealing = confined.sealingKey(new byte[32]);
        var opening = confined.openingKey(new byte[32])) {
      return best(
          () -> {
            for (int i = 0; i < 16; i++) {
              sealing.seal(i, slab, 64, length, slab, 2048);
              opening.open(i, slab, 2048, length + 16);
            }
          },
          16);
    }
  }

  /** The fastest of many short runs, which neighbours on the machine disturb least. */
  private static double best(Runnable task, int packets) {
    double best = Double.MAX_VALUE;
    for (int run = 0; run < 100; run++) {
      long begin = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        task.run();
      }
      best = Math.min(best, (System.nanoTime() - begin) / (20.0 * packets));
    }
    return best;
  }
}
