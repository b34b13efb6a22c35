package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.TunnelConfig;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.crypto.core.FakePath;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestShard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class TwoShardsTest {

  private static final int PEER = 3;

  private static final TunnelConfig CONFIG =
      new TunnelConfig(
          Optional.empty(),
          Duration.ofSeconds(30),
          AeadChoice.AUTO,
          TunnelConfig.DEFAULT_HANDSHAKES_PER_SECOND,
          false);

  private @TempDir Path directory = Path.of("");

  @Test
  void packetsOfEveryShardReachTheTunnelInTheirOrder() throws InterruptedException {
    try (var context = new TestContext("wireguard", directory)) {
      context
          .with(stub(Transport.class, "pathTo", FakePath.to("192.0.2.2:51820")))
          .with(stub(TunDevice.class, "mtu", 1420))
          .with(new Random(7));
      var first = context.shard();
      var second = new TestShard(context.time());
      var tunnel = WireGuardTunnel.create(CONFIG, with(context, first, second));
      tunnel.start();
      putPeer(tunnel);
      first.run();

      for (int i = 0; i < 3; i++) {
        offer(second, 100 + i);
      }
      assertThat(first.take(Lane.TO_NETWORK)).as("before its own shard had a turn").isNull();
      first.run();

      var initiation = first.take(Lane.TO_NETWORK);
      assertThat(initiation).as("the packets wait for a handshake, which begins").isNotNull();
      Objects.requireNonNull(initiation).close();
      second.pool().assertAllReturned();

      offer(second, 200);
      stop(tunnel, first);
      first.run();
      second.pool().assertAllReturned();
      first.pool().assertAllReturned();
    }
  }

  private static void stop(WireGuardTunnel tunnel, TestShard shard) throws InterruptedException {
    var stopping = Thread.startVirtualThread(tunnel::close);
    while (stopping.isAlive()) {
      shard.run();
      stopping.join(Duration.ofMillis(1));
    }
  }

  private static void putPeer(WireGuardTunnel tunnel) {
    var key = PublicKey.of(Curve25519.publicKey(Curve25519.generatePrivateKey(new Random(8))));
    tunnel.putPeer(
        new PeerSettings(
            PEER,
            new ClientId("peer"),
            key,
            Optional.empty(),
            Optional.of(Endpoint.parse("192.0.2.2:51820")),
            Optional.empty()));
  }

  private static void offer(TestShard shard, int payload) {
    var packet = MadeUpPackets.UP.udp(payload);
    var batch = shard.pool().acquire();
    try (var arena = Arena.ofConfined()) {
      var memory = arena.allocate(packet.length).copyFrom(MemorySegment.ofArray(packet));
      batch.peer(MadeUpPackets.add(batch, memory, 0), PEER);
    }
    shard.send(Lane.TO_TUNNEL, batch);
  }

  private static <T> T stub(Class<T> type, String method, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            TwoShardsTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                return answer;
              }
              throw new UnsupportedOperationException(called.getName());
            }));
  }

  /** The context with more shards than it has. */
  private static PluginContext with(TestContext context, TestShard... shards) {
    return (PluginContext)
        Proxy.newProxyInstance(
            TwoShardsTest.class.getClassLoader(),
            new Class<?>[] {PluginContext.class},
            (proxy, called, arguments) ->
                called.getName().equals("shards")
                    ? List.of(shards)
                    : called.invoke(context, arguments));
  }
}
