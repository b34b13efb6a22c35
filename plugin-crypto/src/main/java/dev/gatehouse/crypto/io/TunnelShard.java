package dev.gatehouse.crypto.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.PeerTiming;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.crypto.core.TunnelCore;
import dev.gatehouse.crypto.core.TunnelListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's tunnel: feeds the core with batches, time and commands, on the shard's thread, and
 * keeps one timer armed for the core's next deadline.
 */
final class TunnelShard implements TunnelListener {

  private static final Logger log = LoggerFactory.getLogger(TunnelShard.class);

  /** Deadlines are met this exactly; the shard's timers are no finer. */
  private static final long GRAIN = 1_000_000L;

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final PluginContext context;
  private final Shard shard;
  private final EndpointFile endpoints;
  private final StampFile stamps;
  private final InitiationFile initiations;
  private final @Nullable QuantumExchange quantum;
  private final TunnelCore core;
  private final DropCounters drops = new DropCounters();
  private final long origin;
  private final Map<Integer, PeerSettings> settings = new HashMap<>();

  /** What {@link #adjustPeer} was told; counts more than the settings. */
  private final Map<PublicKey, Duration> keepalives = new HashMap<>();

  private final List<Shard.Watch> consumers = new ArrayList<>();
  private Shard.@Nullable Watch timer;
  private long armedFor = TunnelCore.NEVER;
  private volatile boolean closed;
  private volatile int peerCount;
  private final AtomicInteger connectedCount = new AtomicInteger();

  TunnelShard(
      PluginContext context,
      Shard shard,
      Identity identity,
      AeadEngine engine,
      StampFile stamps,
      InitiationFile initiations,
      EndpointFile endpoints,
      Duration disconnectAfter,
      int handshakesPerSecond,
      boolean postQuantum) {
    this.context = context;
    this.shard = shard;
    this.endpoints = endpoints;
    this.stamps = stamps;
    this.initiations = initiations;
    this.origin = context.time().nanoTime();
    quantum =
        postQuantum
            ? new QuantumExchange(
                new Control(), shard::execute, Thread::startVirtualThread, context.random())
            : null;
    core =
        new TunnelCore(
            new TunnelCore.Settings(
                identity,
                engine,
                context.tun().mtu(),
                disconnectAfter.toNanos(),
                handshakesPerSecond,
                shard.index(),
                context.shards().size()),
            new TunnelCore.Surroundings(
                context.random(),
                stamps,
                shard.pool(),
                shard.lane(Lane.TO_NETWORK),
                shard.lane(Lane.FROM_TUNNEL),
                drops,
                this));
  }

  void start() {
    consumers.add(shard.consume(Lane.TO_TUNNEL, this::toTunnel));
    consumers.add(shard.consume(Lane.FROM_NETWORK, this::fromNetwork));
    for (var other : context.shards()) {
      if (!other.equals(shard)) {
        consumers.add(other.consume(Lane.TO_TUNNEL, this::handOver));
      }
    }
    consumers.add(shard.every(Duration.ofSeconds(1), endpoints::tick));
    consumers.add(shard.every(Duration.ofSeconds(1), initiations::tick));
    consumers.add(shard.every(Duration.ofSeconds(5), stamps::tick));
    if (quantum != null) {
      consumers.add(shard.every(Duration.ofSeconds(1), quantum::tick));
    }
  }

  /** What the agreement on keys does in this tunnel. */
  private final class Control implements QuantumExchange.Tunnel {

    @Override
    public void send(int handle, int type, byte[] body) {
      if (!closed) {
        core.sendControl(handle, type, body, now());
        arm();
      }
    }

    @Override
    public void agreed(int handle, byte[] secret) {
      if (!closed) {
        core.agreed(handle, secret, now());
        arm();
      }
    }
  }

  @Override
  public void sessionBegan(int handle, boolean initiator, boolean withAgreedKey) {
    if (quantum != null) {
      quantum.sessionBegan(handle, initiator, withAgreedKey);
    }
  }

  @Override
  public boolean control(int handle, int type, byte[] body) {
    if (quantum == null) {
      return false;
    }
    quantum.receive(handle, type, body, now());
    return true;
  }

  /** Changes what can be changed while it works. The shard's thread. */
  void adjust(Duration disconnectAfter, int handshakesPerSecond) {
    core.adjust(disconnectAfter.toNanos(), handshakesPerSecond);
    arm();
  }

  /** For status: what came of the agreement on keys. */
  Object postQuantum() {
    return quantum == null ? "off" : quantum.status();
  }

  private void toTunnel(PacketBatch batch) {
    core.toTunnel(batch, now());
    arm();
  }

  /**
   * Takes what another shard read, on that shard's thread: sessions are on this one. The batches of
   * that shard bound how much is under way, and they keep their order.
   */
  private void handOver(PacketBatch batch) {
    shard.execute(() -> {
      if (closed) {
        batch.close();
      } else {
        toTunnel(batch);
      }
    });
  }

  private void fromNetwork(PacketBatch batch) {
    core.fromNetwork(batch, now());
    arm();
  }

  private long now() {
    return context.time().nanoTime() - origin;
  }

  /** Sees to it that the timer comes by the core's next deadline. */
  private void arm() {
    long deadline = core.nextDeadline();
    if (deadline >= armedFor || closed) {
      return;
    }
    if (timer != null) {
      timer.close();
    }
    armedFor = deadline;
    long delay = Math.max(GRAIN, deadline - now());
    timer = shard.after(Duration.ofNanos(delay), this::tick);
  }

  private void tick() {
    if (closed) {
      return;
    }
    timer = null;
    armedFor = TunnelCore.NEVER;
    core.tick(now());
    arm();
  }

  void putPeer(PeerSettings peer) {
    var before = settings.get(peer.handle());
    var stateBefore = core.peer(peer.handle());
    boolean moved = before == null || !before.endpoint().equals(peer.endpoint());
    var recalled = before == null ? endpoints.recall(peer.publicKey()) : Optional.<Endpoint>empty();
    var endpoint = moved ? peer.endpoint().or(() -> recalled) : Optional.<Endpoint>empty();
    Path path = endpoint.map(context.transport()::pathTo).orElse(null);
    if (before != null && !before.publicKey().equals(peer.publicKey())) {
      keepalives.remove(before.publicKey());
      initiations.forget(before.publicKey());
      if (quantum != null) {
        quantum.forget(peer.handle());
      }
    }
    core.putPeer(
        new TunnelCore.PeerSpec(
            peer.handle(),
            peer.publicKey(),
            peer.presharedKey(),
            path,
            keepalive(peer).toNanos(),
            timing(peer.timing())),
        now());
    settings.put(
        peer.handle(),
        new PeerSettings(
            peer.handle(),
            peer.client(),
            peer.publicKey(),
            Optional.empty(),
            peer.endpoint(),
            peer.persistentKeepalive(),
            peer.timing()));
    peerCount = settings.size();
    var newest = initiations.newest(peer.publicKey());
    if (newest != null) {
      core.refuseUntil(peer.handle(), newest);
    }
    var state = core.peer(peer.handle());
    boolean cutOff =
        stateBefore != null && stateBefore.connected() && state != null && !state.connected();
    if (recalled.isPresent() || cutOff) {
      core.call(peer.handle(), now());
    }
    arm();
  }

  private Duration keepalive(PeerSettings peer) {
    var adjusted = keepalives.get(peer.publicKey());
    return adjusted != null ? adjusted : peer.persistentKeepalive().orElse(Duration.ZERO);
  }

  static Timing timing(PeerTiming timing) {
    return new Timing(
        timing.rekeyAfter().toNanos(),
        timing.rejectAfter().toNanos(),
        timing.stopSendingAfter().toNanos(),
        timing.keepalive().toNanos(),
        timing.rekeyTimeout().toNanos(),
        timing.rekeyAttempt().toNanos(),
        Timing.STANDARD.jitter(),
        timing.initiationDelay().toNanos(),
        timing.rekeyOnExpiry());
  }

  boolean adjustPeer(PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> keepalive) {
    var peer = settings.get(core.handleOf(key));
    if (peer != null) {
      adjustPeer(peer, endpoint, keepalive);
    }
    return peer != null;
  }

  private void adjustPeer(
      PeerSettings peer, Optional<Endpoint> endpoint, Optional<Duration> keepalive) {
    keepalive.ifPresent(every -> keepalives.put(peer.publicKey(), every));
    var state = core.peer(peer.handle());
    var known = state == null ? null : state.path();
    Path path =
        endpoint
            .filter(to -> known == null || !known.remote().equals(to))
            .map(context.transport()::pathTo)
            .orElse(null);
    core.adjustPeer(peer.handle(), path, keepalive(peer).toNanos(), now());
    arm();
  }

  void removePeer(int handle) {
    core.removePeer(handle);
    if (quantum != null) {
      quantum.forget(handle);
    }
    var removed = settings.remove(handle);
    if (removed != null) {
      keepalives.remove(removed.publicKey());
      initiations.forget(removed.publicKey());
    }
    peerCount = settings.size();
  }

  List<PeerStatus> peers() {
    long now = now();
    var wall = context.time().now();
    var list = new ArrayList<PeerStatus>();
    for (var state : core.peers()) {
      var peer = settings.get(state.handle());
      if (peer != null) {
        var path = state.path();
        Optional<Endpoint> remote = path == null ? Optional.empty() : Optional.of(path.remote());
        long shaken = state.lastHandshakeNanos();
        list.add(
            new PeerStatus(
                state.handle(),
                peer.client(),
                peer.publicKey(),
                state.connected(),
                remote,
                shaken < 0 ? Optional.empty() : Optional.of(wall.minusNanos(now - shaken)),
                state.receivedBytes(),
                state.sentBytes(),
                Optional.of(keepalive(peer)).filter(Duration::isPositive)));
      }
    }
    return list;
  }

  @Override
  public void connected(int handle, Path path) {
    connectedCount.getAndIncrement();
    var peer = settings.get(handle);
    if (peer != null) {
      log.atInfo().addKeyValue("client", peer.client()).log("client connected");
      endpoints.connected(peer.publicKey(), path.remote());
      context
          .events()
          .publish(
              new GatewayEvent.PeerConnected(
                  context.time().now(), peer.client(), peer.publicKey(), path.remote()));
    }
  }

  @Override
  public void disconnected(int handle, DisconnectReason reason) {
    connectedCount.getAndDecrement();
    var peer = settings.get(handle);
    if (peer != null) {
      if (reason != DisconnectReason.STOPPING) {
        endpoints.disconnected(peer.publicKey());
      }
      log.atInfo()
          .addKeyValue("client", peer.client())
          .addKeyValue("reason", reason)
          .log("client disconnected");
      context
          .events()
          .publish(
              new GatewayEvent.PeerDisconnected(
                  context.time().now(), peer.client(), peer.publicKey(), reason));
    }
  }

  @Override
  public void initiationTaken(int handle, byte[] stamp) {
    var peer = settings.get(handle);
    if (peer != null) {
      initiations.taken(peer.publicKey(), stamp);
    }
  }

  @Override
  public void roamed(int handle, Path path) {
    var peer = settings.get(handle);
    if (peer != null) {
      endpoints.connected(peer.publicKey(), path.remote());
      log.atDebug()
          .addKeyValue("client", peer.client())
          .addKeyValue("remote", path.remote())
          .log("client roamed");
      context
          .events()
          .publish(
              new GatewayEvent.PeerRoamed(
                  context.time().now(), peer.client(), peer.publicKey(), path.remote()));
    }
  }

  /** Ends all connections and overwrites their keys; waits until that is done. */
  void stop() throws InterruptedException {
    var done = new CountDownLatch(1);
    if (shard.isCurrent()) {
      end();
      return;
    }
    shard.execute(() -> {
      end();
      done.countDown();
    });
    if (!done.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      log.atWarn().log("the tunnel's shard does not answer; its session keys were not overwritten");
    }
  }

  private void end() {
    if (closed) {
      return;
    }
    consumers.forEach(Shard.Watch::close);
    core.close();
    initiations.close();
    stamps.close();
    closed = true;
    if (timer != null) {
      timer.close();
      timer = null;
    }
    settings.clear();
    keepalives.clear();
    peerCount = 0;
  }

  boolean isClosed() {
    return closed;
  }

  int peerCount() {
    return peerCount;
  }

  int connectedCount() {
    return connectedCount.get();
  }

  long handshakes() {
    return core.handshakes();
  }

  DropCounters drops() {
    return drops;
  }

  /** Runs something on the shard's thread; completed when it is done. */
  Future<Void> run(Runnable task) {
    return call(() -> {
      task.run();
      return null;
    });
  }

  /** Asks something on the shard's thread. */
  <T extends @Nullable Object> Future<T> call(Supplier<T> question) {
    var promise = Promise.<T>promise();
    shard.execute(() -> {
      if (closed) {
        promise.fail(
            new GatehouseException(StandardErrorCode.CONFLICT, "The tunnel has been stopped.", ""));
        return;
      }
      try {
        promise.complete(question.get());
      } catch (RuntimeException e) {
        promise.fail(e);
      }
    });
    return promise.future();
  }
}
