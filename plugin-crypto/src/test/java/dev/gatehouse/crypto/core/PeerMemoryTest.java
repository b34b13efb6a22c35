package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.crypto.io.TestEngines;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a peer keeps on the Java heap; the budget stands in docs/performance.md. */
class PeerMemoryTest {

  private static final int KNOWN_PEER_BYTES = 2048;
  private static final int CONNECTION_BYTES = 4096;
  private static final int ATTEMPTS = 3;

  private static final TunnelListener DEAF =
      new TunnelListener() {
        @Override
        public void connected(int handle, Path path) {}

        @Override
        public void disconnected(int handle, DisconnectReason reason) {}

        @Override
        public void roamed(int handle, Path path) {}
      };

  private static final class Slot implements PacketLane {
    @Nullable PacketBatch batch;

    @Override
    public boolean offer(PacketBatch offered) {
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

  private final Random random = new Random(1);
  private final SlabPool pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
  private final Path clientAddress = FakePath.to("192.0.2.1:1");
  private final Path gatewayAddress = FakePath.to("192.0.2.2:2");

  private TunnelCore core(Identity identity, Slot toNetwork) {
    return new TunnelCore(
        new TunnelCore.Settings(
            identity, TestEngines.all().getFirst(), 1420, 1L << 60, 1_000_000, 0, 1),
        new TunnelCore.Surroundings(
            random,
            () -> Tai64n.of(Instant.EPOCH),
            pool,
            toNetwork,
            new Slot(),
            new DropCounters(),
            DEAF));
  }

  private static TunnelCore.PeerSpec spec(int handle, PublicKey key, @Nullable Path path) {
    return new TunnelCore.PeerSpec(handle, key, Optional.empty(), path, 0, Timing.STANDARD);
  }

  private Identity identity() {
    return new Identity(Curve25519.generatePrivateKey(random));
  }

  @Test
  void aKnownPeerFitsItsBudget() {
    int peers = 1000;
    var keys = new ArrayList<PublicKey>();
    for (int i = 0; i < peers; i++) {
      var key = new byte[PublicKey.LENGTH];
      random.nextBytes(key);
      keys.add(PublicKey.of(key));
    }
    var own = identity();
    long bytes =
        retained(() -> {
          var gateway = core(own, new Slot());
          for (int i = 0; i < peers; i++) {
            gateway.putPeer(spec(i, keys.get(i), null), 1);
          }
          return gateway;
        });
    assertThat(bytes / peers).as("bytes a known peer").isLessThan(KNOWN_PEER_BYTES);
  }

  @Test
  void aConnectionFitsItsBudget() {
    int peers = 200;
    // Both ends of every connection are kept.
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      var unconnected = new Lobby(peers);
      least = Math.min(least, retained(unconnected::connected, 1));
    }
    assertThat(least / (2L * peers)).as("bytes a connection").isLessThan(CONNECTION_BYTES);
  }

  /** A gateway and clients that know each other. */
  private final class Lobby {
    final Slot fromGateway = new Slot();
    final TunnelCore gateway;
    final List<Slot> fromClients = new ArrayList<>();
    final List<TunnelCore> clients = new ArrayList<>();

    Lobby(int peers) {
      var own = identity();
      gateway = core(own, fromGateway);
      for (int i = 0; i < peers; i++) {
        var identity = identity();
        var fromClient = new Slot();
        var client = core(identity, fromClient);
        client.putPeer(spec(1, PublicKey.of(own.publicKey()), gatewayAddress), 1);
        gateway.putPeer(spec(i, PublicKey.of(identity.publicKey()), null), 1);
        clients.add(client);
        fromClients.add(fromClient);
      }
    }

    Lobby connected() {
      for (int i = 0; i < clients.size(); i++) {
        var client = clients.get(i);
        var fromClient = fromClients.get(i);
        client.call(1, 1);
        gateway.fromNetwork(arrived(fromClient, clientAddress), 1);
        client.fromNetwork(arrived(fromGateway, gatewayAddress), 1);
        gateway.fromNetwork(arrived(fromClient, clientAddress), 1);
        assertThat(client.handshakes()).isEqualTo(1);
      }
      return this;
    }
  }

  private static PacketBatch arrived(Slot from, Path sender) {
    var batch = from.take();
    for (int i = 0; i < batch.size(); i++) {
      batch.path(i, sender);
    }
    return batch;
  }

  /** The least the heap grew by making something, as others may use the heap meanwhile. */
  private static long retained(Supplier<?> maker) {
    return retained(maker, ATTEMPTS);
  }

  private static long retained(Supplier<?> maker, int attempts) {
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < attempts; attempt++) {
      long before = used();
      var made = maker.get();
      long grown;
      try {
        grown = used() - before;
      } finally {
        Reference.reachabilityFence(made);
      }
      if (grown > 0) {
        least = Math.min(least, grown);
      }
    }
    return least;
  }

  private static long used() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
