package dev.gatehouse.crypto.io;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.crypto.core.TunnelCore;
import dev.gatehouse.crypto.core.TunnelListener;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Two tunnels with keys of the moment that talk to each other on one shard: handshakes, trains to
 * cut, single packets of several sizes, in both roles. Their clock is made up as well. Nothing
 * leaves the shard's lanes.
 */
final class TunnelRehearsal implements Rehearsal {

  private static final int PEER = 1;
  private static final int HANDSHAKES_PER_SECOND = 1_000;
  private static final long ROUND_NANOS = 1_000;
  private static final long SILENCE_NANOS = 180_000_000_000L;

  /** Rounds after which both begin anew, so that handshakes are rehearsed, too. */
  private static final int ROUNDS_PER_SESSION = 1_000;

  private static final int PIECE = 256;

  private record Toward(Endpoint remote) implements Path {}

  private static final class Silent implements TunnelListener {
    @Override
    public void connected(int handle, Path path) {}

    @Override
    public void disconnected(int handle, DisconnectReason reason) {}

    @Override
    public void roamed(int handle, Path path) {}
  }

  private final class End implements AutoCloseable {

    final Identity identity;
    final Path path;
    final TunnelCore core;

    End(Shard shard, AeadEngine engine, int mtu, RandomGenerator random, int port) {
      path = new Toward(Endpoint.parse("192.0.2.1:" + port));
      identity = new Identity(Curve25519.generatePrivateKey(random));
      identity.computeWith(KeyAgreements.choose(engine));
      core =
          new TunnelCore(
              new TunnelCore.Settings(
                  identity, engine, mtu, SILENCE_NANOS, HANDSHAKES_PER_SECOND, 0, 1),
              new TunnelCore.Surroundings(
                  random,
                  TunnelRehearsal.this::stamp,
                  shard.pool(),
                  shard.lane(Lane.TO_NETWORK),
                  shard.lane(Lane.FROM_TUNNEL),
                  new DropCounters(),
                  new Silent()));
    }

    void meet(End other) {
      core.putPeer(
          new TunnelCore.PeerSpec(
              PEER,
              PublicKey.of(other.identity.publicKey()),
              Optional.empty(),
              other.path,
              0,
              Timing.STANDARD),
          now);
    }

    @Override
    public void close() {
      core.close();
      identity.close();
    }
  }

  private final Shard shard;
  private final List<Shard.Watch> consumers = new ArrayList<>();
  private final End first;
  private final End second;
  private final MemorySegment train = MadeUpPackets.offHeap(MadeUpPackets.UP.tcp(1, 4 * PIECE));
  private final MemorySegment udpTrain = MadeUpPackets.offHeap(MadeUpPackets.UP.udp(2 * PIECE));
  private final MemorySegment acknowledgement = MadeUpPackets.offHeap(MadeUpPackets.UP.tcp(1, 0));
  private final MemorySegment datagram = MadeUpPackets.offHeap(MadeUpPackets.UP.udp(64));
  private Instant stampTime = Instant.EPOCH;
  private long now = 1;
  private int rounds;
  private int delivered;

  TunnelRehearsal(Shard shard, AeadEngine engine, int mtu, RandomGenerator random) {
    this.shard = shard;
    first = new End(shard, engine, mtu, random, 1);
    second = new End(shard, engine, mtu, random, 2);
    consumers.add(shard.consume(Lane.TO_NETWORK, this::carry));
    consumers.add(shard.consume(Lane.FROM_TUNNEL, this::take));
    meet();
  }

  private byte[] stamp() {
    stampTime = stampTime.plusSeconds(1);
    return Tai64n.of(stampTime);
  }

  private void meet() {
    first.meet(second);
    second.meet(first);
    first.core.call(PEER, now);
  }

  /** Carries datagrams to the other end, as if they came from the one that sent them. */
  private void carry(PacketBatch batch) {
    boolean toSecond = second.path.equals(batch.path(0));
    var from = toSecond ? first : second;
    for (int i = 0; i < batch.size(); i++) {
      batch.path(i, from.path);
    }
    (toSecond ? second : first).core.fromNetwork(batch, now);
  }

  private void take(PacketBatch batch) {
    delivered += batch.size();
    batch.close();
  }

  /** Packets that came through so far. */
  int delivered() {
    return delivered;
  }

  @Override
  public void round() {
    now += ROUND_NANOS;
    rounds++;
    if (rounds % ROUNDS_PER_SESSION == 0) {
      first.core.removePeer(PEER);
      second.core.removePeer(PEER);
      meet();
    }
    var batch = shard.pool().tryAcquire();
    if (batch != null) {
      add(batch, train, PIECE);
      add(batch, acknowledgement, 0);
      if (rounds % 4 == 0) {
        add(batch, datagram, 0);
        add(batch, datagram, 0);
        add(batch, udpTrain, PIECE);
      }
      ((rounds & 1) == 0 ? first : second).core.toTunnel(batch, now);
    }
    first.core.tick(now);
    second.core.tick(now);
  }

  private static void add(PacketBatch batch, MemorySegment packet, int segment) {
    batch.peer(MadeUpPackets.add(batch, packet, segment), PEER);
  }

  @Override
  public void close() {
    consumers.forEach(Shard.Watch::close);
    first.close();
    second.close();
  }
}
