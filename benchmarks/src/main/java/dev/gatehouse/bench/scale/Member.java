package dev.gatehouse.bench.scale;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.bench.handshake.SlowEngine;
import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.crypto.core.TunnelCore;
import dev.gatehouse.crypto.core.TunnelListener;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** One client with a connection of its own, without a socket of its own. One thread. */
final class Member implements TunnelListener {

  private static final long KEEPALIVE = 25_000_000_000L;
  private static final int PEER = 1;
  private static final int UDP = 17;
  private static final int HEADERS = 28;

  private record Far(Endpoint remote) implements Path {}

  private final TunnelCore core;
  private final PacketPool pool;
  private final Path gateway;
  private final int address;
  private final int target;
  private long handshakesBefore;

  /**
   * A client.
   *
   * @param address its IPv4 address inside the tunnel
   * @param target where its packets go
   * @param send takes its datagrams
   */
  Member(
      byte[] privateKey,
      PublicKey gatewayKey,
      Endpoint at,
      PacketPool pool,
      RandomGenerator random,
      int address,
      int target,
      Consumer<MemorySegment> send) {
    this.pool = pool;
    this.address = address;
    this.target = target;
    gateway = new Far(at);
    var settings =
        new TunnelCore.Settings(
            new Identity(privateKey), new SlowEngine(), 1420, Long.MAX_VALUE / 4, 1_000_000, 0, 1);
    core =
        new TunnelCore(
            settings,
            new TunnelCore.Surroundings(
                random,
                () -> Tai64n.of(Instant.now()),
                pool,
                lane(send),
                lane(packet -> {}),
                new DropCounters(),
                this));
    core.putPeer(
        new TunnelCore.PeerSpec(
            PEER, gatewayKey, Optional.empty(), gateway, KEEPALIVE, Timing.STANDARD),
        1);
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

  private PacketBatch batch() {
    var batch = pool.tryAcquire();
    if (batch == null) {
      throw new IllegalStateException("the pool is empty");
    }
    return batch;
  }

  /** From now on only a handshake that is yet to come makes a connection. */
  void expectAnother() {
    handshakesBefore = core.handshakes();
  }

  /** Begins a handshake unless there is a connection. */
  void connect(long now) {
    if (!isConnected()) {
      core.call(PEER, now);
    }
  }

  boolean isConnected() {
    return core.handshakes() > handshakesBefore;
  }

  /** Does what is due. */
  void tick(long now) {
    if (core.nextDeadline() <= now) {
      core.tick(now);
    }
  }

  /** Sends a UDP packet with so many bytes in it. */
  void send(int payload, long now) {
    var packet =
        ByteBuffer.allocate(HEADERS + payload)
            .putInt(0x4500_0000 | (HEADERS + payload))
            .putInt(0)
            .putInt(0x4000_0000 | (UDP << 16))
            .putInt(address)
            .putInt(target)
            .putShort((short) 5000)
            .putShort((short) 5000)
            .putShort((short) (8 + payload))
            .array();
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += ((packet[i] & 0xff) << 8) | (packet[i + 1] & 0xff);
    }
    sum = ~((sum & 0xffff) + (sum >>> 16));
    packet[10] = (byte) (sum >>> 8);
    packet[11] = (byte) sum;
    var batch = batch();
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.peer(batch.commit(at, packet.length), PEER);
    core.toTunnel(batch, now);
  }

  /** Takes a datagram of the gateway's. */
  void receive(MemorySegment datagram, long now) {
    var batch = batch();
    int length = (int) datagram.byteSize();
    int at = batch.reserve(length);
    MemorySegment.copy(datagram, 0, batch.slab(), at, length);
    batch.path(batch.commit(at, length), gateway);
    core.fromNetwork(batch, now);
  }

  @Override
  public void connected(int handle, Path path) {}

  @Override
  public void disconnected(int handle, DisconnectReason reason) {}

  @Override
  public void roamed(int handle, Path path) {}
}
