package dev.gatehouse.dist.faults;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
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
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** A client that comes, sends one ping through the tunnel, waits for its echo and goes. */
final class CrowdMember implements TunnelListener {

  private record Far(Endpoint remote) implements Path {}

  private static final int PING = 28;

  private final byte[] privateKey;
  private final byte[] source;
  private final byte[] destination;
  private final PublicKey gateway;
  private final Path path;
  private final PacketPool pool;
  private final RandomGenerator random;
  private final Consumer<MemorySegment> send;
  private Instant lastStamp = Instant.EPOCH;
  private TunnelCore core;
  private boolean answered;

  CrowdMember(
      byte[] privateKey,
      String source,
      String destination,
      PublicKey gateway,
      Endpoint at,
      PacketPool pool,
      RandomGenerator random,
      Consumer<MemorySegment> send) {
    this.privateKey = privateKey;
    this.source = bytes(source);
    this.destination = bytes(destination);
    this.gateway = gateway;
    this.path = new Far(at);
    this.pool = pool;
    this.random = random;
    this.send = send;
    core = fresh();
  }

  private static byte[] bytes(String address) {
    return IpAddress.parse(address).bytes();
  }

  private TunnelCore fresh() {
    var settings =
        new TunnelCore.Settings(
            new Identity(privateKey.clone()),
            new CrowdCipher(),
            1420,
            Long.MAX_VALUE / 4,
            1_000_000,
            0,
            1);
    return new TunnelCore(
        settings,
        new TunnelCore.Surroundings(
            random,
            this::stamp,
            pool,
            lane(send),
            lane(_ -> answered = true),
            new DropCounters(),
            this));
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

  /** Begins as a program does that was just started, with nothing but its key. */
  void come(long now) {
    answered = false;
    core = fresh();
    core.putPeer(
        new TunnelCore.PeerSpec(1, gateway, Optional.empty(), path, 0, Timing.STANDARD), now);
    ping(now);
  }

  boolean isAnswered() {
    return answered;
  }

  /** Sends a ping; without a session this begins a handshake. */
  void ping(long now) {
    var batch = pool.tryAcquire();
    if (batch == null) {
      throw new IllegalStateException("the pool is empty");
    }
    int at = batch.reserve(PING);
    MemorySegment.copy(packet(), 0, batch.slab(), ValueLayout.JAVA_BYTE, at, PING);
    batch.peer(batch.commit(at, PING), 1);
    core.toTunnel(batch, now);
  }

  private byte[] packet() {
    var packet = ByteBuffer.allocate(PING);
    packet.putShort((short) 0x4500).putShort((short) PING).putInt(0x00004000);
    packet.putShort((short) 0x4001).putShort((short) 0).put(source).put(destination);
    packet.putShort(10, checksum(packet, 0, 20));
    packet.putShort((short) 0x0800).putShort((short) 0).putInt(random.nextInt());
    packet.putShort(22, checksum(packet, 20, PING));
    return packet.array();
  }

  private static short checksum(ByteBuffer packet, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += packet.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~(sum + (sum >>> 16));
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
    batch.path(batch.commit(at, length), path);
    core.fromNetwork(batch, now);
  }

  void tick(long now) {
    core.tick(now);
  }

  @Override
  public void connected(int handle, Path from) {}

  @Override
  public void disconnected(int handle, DisconnectReason reason) {}

  @Override
  public void roamed(int handle, Path from) {}
}
