package dev.gatehouse.crypto.core;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.crypto.io.TestEngines;
import dev.gatehouse.testkit.TrackingPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A tunnel core in a test's hands: what it sends and delivers can be looked at, byte by byte. */
final class Node implements TunnelListener {

  /** Where every node's monotonic clock begins. */
  static final long BEGIN = 7;

  /** One datagram on its way. */
  record Datagram(Bytes bytes, Path path, int ecn) {}

  /** Bytes with value equality. */
  record Bytes(List<Byte> list) {
    static Bytes of(byte[] bytes) {
      var list = new ArrayList<Byte>(bytes.length);
      for (byte b : bytes) {
        list.add(b);
      }
      return new Bytes(list);
    }

    byte[] array() {
      var bytes = new byte[list.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = list.get(i);
      }
      return bytes;
    }
  }

  private static final class Queue implements PacketLane {
    final Deque<PacketBatch> batches = new ArrayDeque<>();
    boolean full;

    @Override
    public boolean offer(PacketBatch batch) {
      if (full) {
        return false;
      }
      batches.add(batch);
      return true;
    }

    @Override
    public int credits() {
      return full ? 0 : 64;
    }
  }

  final Identity identity;
  final TrackingPool pool = new TrackingPool(32);
  final DropCounters drops = new DropCounters();
  final List<String> news = new ArrayList<>();

  /** Of each session that began whether it used an agreed key. */
  final List<Boolean> sessions = new ArrayList<>();

  final Path address;
  final TunnelCore core;
  long now = BEGIN;
  Instant wall = Instant.parse("2026-01-01T00:00:00Z");
  private final Queue toNetwork = new Queue();
  private final Queue fromTunnel = new Queue();
  private byte[] lastStamp = new byte[Tai64n.LENGTH];

  Node(String endpoint, long seed) {
    this(endpoint, seed, Duration.ofMinutes(3), 1000);
  }

  Node(String endpoint, long seed, Duration silentAfter, int handshakesPerSecond) {
    this(endpoint, seed, silentAfter, handshakesPerSecond, TestEngines.fastest());
  }

  Node(
      String endpoint,
      long seed,
      Duration silentAfter,
      int handshakesPerSecond,
      AeadEngine engine) {
    var random = new Random(seed);
    address = FakePath.to(endpoint);
    identity = new Identity(Curve25519.generatePrivateKey(random));
    core =
        new TunnelCore(
            new TunnelCore.Settings(
                identity, engine, 1420, silentAfter.toNanos(), handshakesPerSecond, 0, 1),
            new TunnelCore.Surroundings(
                random, this::stamp, pool, toNetwork, fromTunnel, drops, this));
  }

  private byte[] stamp() {
    var stamp = Tai64n.of(wall.plusNanos(now));
    lastStamp = Tai64n.isAfter(stamp, lastStamp) ? stamp : Tai64n.after(lastStamp);
    return lastStamp.clone();
  }

  PublicKey key() {
    return PublicKey.of(identity.publicKey());
  }

  /** Introduces a peer; with a path it may be called. */
  void knows(Node other, int handle, boolean mayCall, Timing timing, Duration keepalive) {
    knows(other.key(), handle, mayCall ? other.address : null, timing, keepalive, null);
  }

  void knows(Node other, int handle, boolean mayCall) {
    knows(other, handle, mayCall, Timing.STANDARD, Duration.ZERO);
  }

  void knows(
      PublicKey key,
      int handle,
      @Nullable Path path,
      Timing timing,
      Duration keepalive,
      @Nullable SecretKey psk) {
    core.putPeer(
        new TunnelCore.PeerSpec(
            handle, key, Optional.ofNullable(psk), path, keepalive.toNanos(), timing),
        now);
  }

  /** Sends one IP packet to a peer. */
  void send(int handle, byte[] packet) {
    send(handle, packet, 0);
  }

  /** Sends one IP packet or train to a peer. */
  void send(int handle, byte[] packet, int segmentSize) {
    var batch = pool.acquire();
    add(batch, handle, packet, segmentSize);
    core.toTunnel(batch, now);
  }

  static void add(PacketBatch batch, int handle, byte[] packet, int segmentSize) {
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    int index = batch.commit(at, packet.length);
    batch.peer(index, handle);
    batch.segmentSize(index, segmentSize);
  }

  /** Gives the node datagrams, each an entry of its own. */
  void receive(List<Datagram> datagrams, Path from) {
    for (int i = 0; i < datagrams.size(); i += PacketBatch.CAPACITY) {
      var batch = pool.acquire();
      for (var datagram :
          datagrams.subList(i, Math.min(datagrams.size(), i + PacketBatch.CAPACITY))) {
        var bytes = datagram.bytes().array();
        int at = batch.reserve(bytes.length);
        if (at < 0) {
          core.fromNetwork(batch, now);
          batch = pool.acquire();
          at = batch.reserve(bytes.length);
        }
        MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, bytes.length);
        int index = batch.commit(at, bytes.length);
        batch.path(index, from);
        batch.ecn(index, datagram.ecn());
      }
      core.fromNetwork(batch, now);
    }
  }

  /** Gives the node bytes as one datagram. */
  void receive(byte[] datagram, Path from) {
    receive(List.of(new Datagram(Bytes.of(datagram), from, 0)), from);
  }

  /** Takes the batches the node sends, as they are; the caller closes them. */
  List<PacketBatch> sentBatches() {
    var all = List.copyOf(toNetwork.batches);
    toNetwork.batches.clear();
    return all;
  }

  /** Takes what the node sends, cut into datagrams. */
  List<Datagram> sent() {
    var all = new ArrayList<Datagram>();
    for (var batch : sentBatches()) {
      for (int i = 0; i < batch.size(); i++) {
        int step = batch.segmentSize(i) > 0 ? batch.segmentSize(i) : batch.length(i);
        for (int at = 0; at < batch.length(i); at += step) {
          int length = Math.min(step, batch.length(i) - at);
          var bytes = bytes(batch, batch.offset(i) + at, length);
          all.add(
              new Datagram(
                  Bytes.of(bytes), java.util.Objects.requireNonNull(batch.path(i)), batch.ecn(i)));
        }
      }
      batch.close();
    }
    return all;
  }

  /** Takes the batches the node opened, as they are; the caller closes them. */
  List<PacketBatch> openedBatches() {
    var all = List.copyOf(fromTunnel.batches);
    fromTunnel.batches.clear();
    return all;
  }

  /** Takes the packets the node opened. */
  List<byte[]> opened() {
    var all = new ArrayList<byte[]>();
    for (var batch : openedBatches()) {
      for (int i = 0; i < batch.size(); i++) {
        all.add(bytes(batch, batch.offset(i), batch.length(i)));
      }
      batch.close();
    }
    return all;
  }

  static byte[] bytes(PacketBatch batch, int offset, int length) {
    return batch.slab().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  void laneFull(boolean network, boolean tunnel) {
    toNetwork.full = network;
    fromTunnel.full = tunnel;
  }

  /** Does what is due now. */
  void tick() {
    if (core.nextDeadline() <= now) {
      core.tick(now);
    }
  }

  long dropped(DropReason reason) {
    return drops.of(reason);
  }

  TunnelCore.PeerState peer(int handle) {
    return core.peers().stream()
        .filter(state -> state.handle() == handle)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void connected(int handle, Path path) {
    news.add("connected " + handle);
  }

  @Override
  public void disconnected(int handle, DisconnectReason reason) {
    news.add("disconnected " + handle + " " + reason);
  }

  @Override
  public void sessionBegan(int handle, boolean initiator, boolean withAgreedKey) {
    sessions.add(withAgreedKey);
  }

  @Override
  public void roamed(int handle, Path path) {
    news.add("roamed " + handle + " " + path.remote());
  }

  /** Closes the core; fails if a batch is still out. */
  void close() {
    sent();
    opened();
    core.close();
    pool.assertAllReturned();
    pool.close();
  }
}
