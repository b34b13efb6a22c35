package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Packets;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestShard;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A policy stage on a bench: store, tunnel and device are doubles, time is the test's. */
final class Bench implements AutoCloseable {

  final FakeStore store;
  final FakeTunnel tunnel = new FakeTunnel();
  final FakeUpstream upstream = new FakeUpstream();
  final TestContext context;
  final TestShard shard;
  final PolicyStage stage;

  Bench(Path directory) {
    this(directory, PolicyConfig.DEFAULTS);
  }

  Bench(Path directory, PolicyConfig config) {
    this(directory, config, new FakeStore());
  }

  /** A gateway on a store that has seen others before. */
  Bench(Path directory, PolicyConfig config, FakeStore store) {
    this.store = store;
    context = new TestContext("policy", directory).with(store).with(tunnel).with(new FakeTun());
    shard = context.shard();
    stage =
        new PolicyStage(config, context, new SameThread(), new SameThread(), _ -> upstream, false);
  }

  /** Runs control work where it is asked for, so that a test sees its result at once. */
  private static final class SameThread extends AbstractExecutorService {
    private boolean down;

    @Override
    public void execute(Runnable task) {
      if (down) {
        throw new java.util.concurrent.RejectedExecutionException();
      }
      task.run();
    }

    @Override
    public void shutdown() {
      down = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      down = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return down;
    }

    @Override
    public boolean isTerminated() {
      return down;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  Bench started() {
    try {
      stage.start();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return this;
  }

  static Client client(String id, int number) {
    var key = new byte[32];
    key[0] = (byte) number;
    return new Client(
        new ClientId(id),
        id,
        PublicKey.of(key),
        Optional.empty(),
        TunnelAddresses.of(
            List.of(
                IpAddress.parse("100.64.0." + number),
                IpAddress.parse("fd00:2021:1111::" + number))));
  }

  static Resource resource(String id, String destination, String... filters) {
    return new Resource(
        new ResourceId(id),
        id,
        Destination.parse(destination),
        List.of(filters).stream().map(Filter::parse).toList());
  }

  static AuthorizationKey key(String client, String resource) {
    return new AuthorizationKey(new ClientId(client), new ResourceId(resource));
  }

  /** Authorizes for a time from now, or without end for null. */
  void authorize(String client, String resource, @Nullable Duration time) {
    var now = context.time().now();
    Optional<Instant> expiry = Optional.ofNullable(time).map(now::plus);
    store.put(new Authorization(key(client, resource), now, expiry, "test"));
    shard.run();
  }

  int handle(String client) {
    return tunnel.peers.values().stream()
        .filter(peer -> peer.client().value().equals(client))
        .findFirst()
        .orElseThrow()
        .handle();
  }

  /** Sends packets from a client; returns what came out towards the device. */
  List<byte[]> fromClient(String client, byte[]... packets) {
    return fromPeer(handle(client), packets);
  }

  List<byte[]> fromPeer(int handle, byte[]... packets) {
    var batch = shard.pool().acquire();
    for (var packet : packets) {
      Packets.add(batch, packet, handle);
    }
    shard.send(Lane.FROM_TUNNEL, batch);
    return taken(Lane.TO_TUN, PacketBatch.NO_PEER);
  }

  /** Sends packets from the device; returns what came out towards a client. */
  List<byte[]> toClient(String client, byte[]... packets) {
    var batch = shard.pool().acquire();
    for (var packet : packets) {
      Packets.add(batch, packet, PacketBatch.NO_PEER);
    }
    shard.send(Lane.FROM_TUN, batch);
    return taken(Lane.TO_TUNNEL, handle(client));
  }

  /** Takes what waits in a lane, and checks that it is for one peer, unless that is NO_PEER. */
  List<byte[]> taken(Lane lane, int peer) {
    var packets = new ArrayList<byte[]>();
    for (var batch = shard.take(lane); batch != null; batch = shard.take(lane)) {
      for (int i = 0; i < batch.size(); i++) {
        if (batch.length(i) > 0) {
          packets.add(Packets.bytes(batch, i));
          assertThat(peer == PacketBatch.NO_PEER || batch.peer(i) == peer).isTrue();
        }
      }
      batch.close();
    }
    return packets;
  }

  /** Whether a packet of the client gets through; takes the ICMP error away if not. */
  boolean passes(String client, byte[] packet) {
    boolean passed = !fromClient(client, packet).isEmpty();
    taken(Lane.TO_TUNNEL, handle(client));
    return passed;
  }

  long status(String key) {
    return ((Number) stage.status().getOrDefault(key, 0L)).longValue();
  }

  long drops(String reason) {
    var drops = (Map<?, ?>) stage.status().get("drops");
    return drops == null || !(drops.get(reason) instanceof Long count) ? 0 : count;
  }

  @Override
  public void close() {
    try {
      stage.stop();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    stage.close();
    shard.run();
    taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER); // goodbyes
    shard.pool().assertAllReturned();
    kill();
  }

  /** The gateway is gone without having been asked. */
  void kill() {
    shard.pool().close();
    context.close();
  }
}
