package dev.gatehouse.bench.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PolicyExplainer;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.PolicyProvider;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestShard;
import dev.gatehouse.testkit.store.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The policy stage with a packet path that is this object's thread. Time is the machine's, but only
 * as far as the thread has come; so a packet path that stalls shows as a step.
 */
final class PacketPath implements AutoCloseable {

  private static final int UDP = 17;

  private final ManualTime time;
  private final TestShard shard;
  private final Plugin stage;
  private final Map<ClientId, Integer> handles = new HashMap<>();
  private long last = System.nanoTime();
  private long longestStep;

  PacketPath(Path directory, ManualTime time, AuthorizationStore store)
      throws InterruptedException {
    this.time = time;
    shard = new TestShard(time);
    stage =
        new PolicyProvider()
            .create(
                PolicyConfig.DEFAULTS,
                new BenchContext("policy", directory, time).with(store, shard));
    stage.start();
    // The stage numbers peers in the order of ids as it finds them at its start.
    var ids = new ArrayList<>(clients(store, time));
    ids.sort(Comparator.naturalOrder());
    ids.forEach(id -> handles.put(id, handles.size()));
    step();
  }

  private static List<ClientId> clients(AuthorizationStore store, ManualTime time) {
    return store
        .snapshot(dev.gatehouse.api.Deadline.after(Duration.ofMinutes(10), time))
        .clients()
        .stream()
        .map(client -> client.id())
        .toList();
  }

  /** Lets the machine's time pass on the packet path. */
  void step() {
    long now = System.nanoTime();
    longestStep = Math.max(longestStep, now - last);
    shard.advance(Duration.ofNanos(now - last));
    last = now;
  }

  /** The longest step since this was last asked, in milliseconds. */
  double longestStepMillis() {
    double millis = longestStep / 1e6;
    longestStep = 0;
    return millis;
  }

  /** Skips time. */
  void skip(Duration by) {
    shard.advance(by);
    last = System.nanoTime();
  }

  /** Sends a packet from a client to a resource; whether it came out at the device. */
  boolean passes(int client, int resource) {
    var from = Samples.addresses(client).v4().orElseThrow();
    var to = IpAddress.v4(0x0a00_0001 | resource << 16);
    var packet = packet(from, to);
    var batch = shard.pool().acquire();
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.peer(batch.commit(at, packet.length), handles.getOrDefault(Samples.clientId(client), -1));
    shard.send(Lane.FROM_TUNNEL, batch);
    step();
    boolean passed = taken(Lane.TO_TUN);
    taken(Lane.TO_TUNNEL);
    return passed;
  }

  private boolean taken(Lane lane) {
    boolean any = false;
    for (PacketBatch out = shard.take(lane); out != null; out = shard.take(lane)) {
      any |= out.size() > 0 && out.length(0) > 0;
      out.close();
    }
    return any;
  }

  private static byte[] packet(IpAddress from, IpAddress to) {
    return ByteBuffer.allocate(36)
        .putInt(0x4500_0024)
        .putInt(0x1234_0000)
        .putInt(0x4000_0000 | UDP << 16)
        .put(from.bytes())
        .put(to.bytes())
        .putShort((short) 5000)
        .putShort((short) 5000)
        .putShort((short) 16)
        .array();
  }

  /** How many of the authorizations a packet would pass by now. */
  int allowed(List<Authorization> authorizations) {
    int allowed = 0;
    for (var authorization : authorizations) {
      if (allows(authorization.key())) {
        allowed++;
      }
    }
    last = System.nanoTime(); // asking took this thread's time, not the packet path's
    return allowed;
  }

  private boolean allows(AuthorizationKey key) {
    int resource = Integer.parseInt(key.resource().value().substring("resource-".length()));
    var question =
        new PolicyExplainer.Question(
            key.client(), IpAddress.v4(0x0a00_0001 | resource << 16), UDP, 5000);
    return ((PolicyExplainer) stage).explain(question).allowed();
  }

  ManualTime time() {
    return time;
  }

  @Override
  public void close() {
    try {
      stage.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stage.close();
  }
}
