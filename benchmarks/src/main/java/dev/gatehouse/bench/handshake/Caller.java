package dev.gatehouse.bench.handshake;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.crypto.core.TunnelCore;
import dev.gatehouse.crypto.core.TunnelListener;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** One client that does nothing but shake hands, again and again. */
final class Caller implements TunnelListener {

  /** A new handshake may begin whenever the last one is over. */
  private static final Timing RESTLESS =
      new Timing(
          Timing.STANDARD.rekeyAfter(),
          Timing.STANDARD.rejectAfter(),
          Timing.STANDARD.stopSendingAfter(),
          Timing.STANDARD.keepalive(),
          1,
          1,
          0,
          0,
          false);

  private record Far(Endpoint remote) implements Path {}

  private final TunnelCore core;
  private final PacketPool pool;
  private final Path gateway;
  private Instant lastStamp = Instant.EPOCH;
  private long calledAt;
  private boolean waiting;

  Caller(
      byte[] privateKey,
      PublicKey target,
      Endpoint at,
      PacketPool pool,
      RandomGenerator random,
      Consumer<MemorySegment> send) {
    this.pool = pool;
    gateway = new Far(at);
    var settings =
        new TunnelCore.Settings(
            new Identity(privateKey), new SlowEngine(), 1420, Long.MAX_VALUE / 4, 1_000_000, 0, 1);
    core =
        new TunnelCore(
            settings,
            new TunnelCore.Surroundings(
                random,
                this::stamp,
                pool,
                lane(send),
                lane(packet -> {}),
                new DropCounters(),
                this));
    core.putPeer(new TunnelCore.PeerSpec(1, target, Optional.empty(), gateway, 0, RESTLESS), 1);
  }

  private byte[] stamp() {
    var now = Instant.now();
    // Stamps are cut to some 17 ms; two of one grain would be refused.
    lastStamp = now.isAfter(lastStamp.plusMillis(18)) ? now : lastStamp.plusMillis(18);
    return Tai64n.of(lastStamp);
  }

  private static PacketLane lane(Consumer<MemorySegment> taker) {
    return new PacketLane() {
      @Override
      public boolean offer(PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
          int step = batch.segmentSize(i) > 0 ? batch.segmentSize(i) : batch.length(i);
          for (int at = 0; at < batch.length(i); at += step) {
            int length = Math.min(step, batch.length(i) - at);
            taker.accept(batch.slab().asSlice(batch.offset(i) + at, length));
          }
        }
        batch.close();
        return true;
      }

      @Override
      public int credits() {
        return 1;
      }
    };
  }

  /** Whether the last handshake is over, or seems lost. */
  boolean isIdle(long now, long gap, long patience) {
    return now - calledAt >= (waiting ? patience : gap);
  }

  /** Whether an answer is awaited. */
  boolean isWaiting() {
    return waiting;
  }

  void call(long now) {
    calledAt = now;
    waiting = true;
    core.call(1, now);
  }

  /** Takes a datagram of the gateway's. */
  void receive(MemorySegment datagram, long now) {
    var batch = pool.tryAcquire();
    if (batch == null) {
      throw new IllegalStateException("the pool is empty");
    }
    int length = (int) datagram.byteSize();
    int at = batch.reserve(length);
    MemorySegment.copy(datagram, 0, batch.slab(), at, length);
    batch.path(batch.commit(at, length), gateway);
    long before = core.handshakes();
    core.fromNetwork(batch, now);
    if (core.handshakes() > before) {
      waiting = false;
    }
  }

  long handshakes() {
    return core.handshakes();
  }

  @Override
  public void connected(int handle, Path path) {}

  @Override
  public void disconnected(int handle, DisconnectReason reason) {}

  @Override
  public void roamed(int handle, Path path) {}
}
