package dev.gatehouse.crypto.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The WireGuard tunnel of one shard, both roles: packets, peers and time in, packets and news out.
 * It belongs to one thread. After every call, {@link #nextDeadline()} says when {@link #tick} is
 * due.
 */
public final class TunnelCore implements AutoCloseable {

  /**
   * What does not change.
   *
   * @param identity the own key pair; stays the caller's
   * @param engine seals and opens packets
   * @param mtu the largest packet inside the tunnel; padding does not go beyond it
   * @param silentAfterNanos how long a connected peer may say nothing before it counts as gone
   * @param handshakesPerSecond how many handshake messages are answered without asking for a cookie
   * @param shard this shard's number
   * @param shards how many shards there are, 1 to 256
   */
  public record Settings(
      Identity identity,
      AeadEngine engine,
      int mtu,
      long silentAfterNanos,
      int handshakesPerSecond,
      int shard,
      int shards) {}

  /**
   * Whom it talks to.
   *
   * @param random secure random numbers
   * @param stamps stamps for initiations
   * @param pool where batches for {@code toNetwork} come from
   * @param toNetwork takes sealed datagrams
   * @param fromTunnel takes opened packets
   * @param drops counts what goes no further
   * @param listener is told about connections
   */
  public record Surroundings(
      RandomGenerator random,
      Tai64n.Source stamps,
      PacketPool pool,
      PacketLane toNetwork,
      PacketLane fromTunnel,
      DropCounters drops,
      TunnelListener listener) {}

  /**
   * What to know of a peer.
   *
   * @param handle its number in batches, not negative
   * @param publicKey its static key
   * @param presharedKey its pre-shared key; copied
   * @param path where to find it; null to leave that as it is, or until it calls
   * @param persistentKeepaliveNanos how often to send when there is nothing to say; 0 for never
   * @param timing the times of the connection
   */
  public record PeerSpec(
      int handle,
      PublicKey publicKey,
      Optional<SecretKey> presharedKey,
      @Nullable Path path,
      long persistentKeepaliveNanos,
      Timing timing) {}

  /**
   * A peer at this moment.
   *
   * @param handle its number
   * @param connected whether it was heard of recently
   * @param path where it is; null if that is not known
   * @param lastHandshakeNanos when the newest handshake was completed; negative for never
   * @param receivedBytes sealed bytes received and accepted
   * @param sentBytes sealed bytes sent
   */
  public record PeerState(
      int handle,
      boolean connected,
      @Nullable Path path,
      long lastHandshakeNanos,
      long receivedBytes,
      long sentBytes) {}

  /** The value of {@link #nextDeadline()} when nothing is to be done. */
  public static final long NEVER = Peer.NEVER;

  private final Hub hub;
  private final Handshakes handshakes;
  private final Outbound outbound;
  private final Inbound inbound;
  private final Timers timers;

  /** A tunnel without peers. */
  public TunnelCore(Settings settings, Surroundings around) {
    hub = new Hub(settings, around);
    outbound = new Outbound(hub);
    handshakes = new Handshakes(hub, outbound, settings.handshakesPerSecond());
    outbound.connect(handshakes);
    inbound = new Inbound(hub, handshakes, around.pool(), around.fromTunnel());
    timers = new Timers(hub, handshakes, outbound);
  }

  /**
   * Changes what can be changed while it works; sessions go on.
   *
   * @param silentAfterNanos as in {@link Settings}
   * @param handshakesPerSecond as in {@link Settings}
   */
  public void adjust(long silentAfterNanos, int handshakesPerSecond) {
    hub.silentAfter = silentAfterNanos;
    handshakes.perSecond(handshakesPerSecond);
    hub.byKey.values().forEach(hub::schedule);
  }

  /** Seals packets that go to peers. Takes the batch over. */
  public void toTunnel(PacketBatch batch, long nowNanos) {
    outbound.seal(batch, nowNanos);
    hub.writer.flush();
    batch.close();
  }

  /** Takes datagrams from the network. Takes the batch over. */
  public void fromNetwork(PacketBatch batch, long nowNanos) {
    inbound.open(batch, nowNanos);
  }

  /** Does what is due. */
  public void tick(long nowNanos) {
    timers.run(nowNanos);
    hub.writer.flush();
  }

  /** When {@link #tick} is due; {@link #NEVER} if not at all. It may come too early. */
  public long nextDeadline() {
    return hub.timers.earliest();
  }

  /** How many handshakes were completed so far. */
  public long handshakes() {
    return handshakes.completed();
  }

  /**
   * Adds a peer, or changes the one that has the handle. Another public or pre-shared key ends the
   * sessions; with another pre-shared key it is still known where the peer is.
   *
   * @throws GatehouseException if the key cannot be used, or another peer has it
   */
  public void putPeer(PeerSpec spec, long nowNanos) {
    var known = hub.peers.get(spec.handle());
    var holder = hub.byKey.get(spec.publicKey());
    if (holder != null && holder.handle != spec.handle()) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "Another peer has the public key " + spec.publicKey() + " already.",
          "Remove that peer first, or let each peer have a key of its own.");
    }
    boolean same = known != null && sameKeys(known, spec);
    if (known != null && !same) {
      removePeer(spec.handle());
    }
    var peer = known != null && same ? known : add(spec);
    if (holder != null && !same) {
      peer.takeOver(holder);
    }
    peer.timing = spec.timing();
    adjust(peer, spec.path(), spec.persistentKeepaliveNanos(), nowNanos);
  }

  /**
   * Changes how a peer is reached.
   *
   * @param path where it is; null to leave that as it is
   * @param persistentKeepaliveNanos how often to send when there is nothing to say; 0 for never
   */
  public void adjustPeer(
      int handle, @Nullable Path path, long persistentKeepaliveNanos, long nowNanos) {
    var peer = hub.peers.get(handle);
    if (peer != null) {
      adjust(peer, path, persistentKeepaliveNanos, nowNanos);
    }
  }

  private void adjust(Peer peer, @Nullable Path path, long keepaliveNanos, long nowNanos) {
    if (path != null) {
      peer.path = path;
    }
    boolean begins = keepaliveNanos > 0 && peer.persistentKeepalive == 0;
    peer.persistentKeepalive = keepaliveNanos;
    if (begins) {
      peer.persistentAt = nowNanos;
    } else if (keepaliveNanos == 0) {
      peer.persistentAt = NEVER;
    } else {
      peer.persistentAt = Math.min(peer.persistentAt, nowNanos + keepaliveNanos);
    }
    hub.schedule(peer);
  }

  /** The handle of the peer with this key; -1 if there is none. */
  public int handleOf(PublicKey key) {
    var peer = hub.byKey.get(key);
    return peer == null ? -1 : peer.handle;
  }

  /** A peer at this moment; null if there is none with the handle. */
  public @Nullable PeerState peer(int handle) {
    var peer = hub.peers.get(handle);
    return peer == null ? null : state(peer);
  }

  /**
   * Refuses initiations of a peer from now on unless they are later than this one, taken before a
   * restart.
   */
  public void refuseUntil(int handle, byte[] stamp) {
    var peer = hub.peers.get(handle);
    if (peer != null && Tai64n.isAfter(stamp, peer.newestStamp)) {
      peer.newestStamp = stamp.clone();
    }
  }

  /** Sends a control message inside the peer's session; does nothing if there is none. */
  public void sendControl(int handle, int type, byte[] body, long nowNanos) {
    var peer = hub.peers.get(handle);
    if (peer != null && ControlMessage.bodyLength(type) == body.length) {
      outbound.control(peer, type, body, nowNanos);
      hub.writer.flush();
    }
  }

  /**
   * The peer and this side know the same secret, from inside a session: handshakes that this side
   * begins from now on use it, and those that the peer begins may. Without one so far, a handshake
   * begins as soon as it may.
   *
   * @param secret 32 bytes; stays the caller's
   */
  public void agreed(int handle, byte[] secret, long nowNanos) {
    var peer = hub.peers.get(handle);
    if (peer == null) {
      return;
    }
    peer.agreed.add(peer.presharedKey, secret);
    var session = peer.current;
    if (session != null && session.initiator && !session.withAgreedKey && peer.pending == null) {
      peer.attempts = 0;
      long may = peer.lastInitiationSent + peer.timing.rekeyTimeout();
      peer.initiateAt = Math.min(peer.initiateAt, Math.max(nowNanos, may));
      hub.schedule(peer);
    }
  }

  /** Begins a handshake with a peer whose whereabouts are known, without anything to send. */
  public void call(int handle, long nowNanos) {
    var peer = hub.peers.get(handle);
    if (peer != null) {
      handshakes.want(peer, nowNanos);
      hub.writer.flush();
    }
  }

  private static boolean sameKeys(Peer peer, PeerSpec spec) {
    var psk = psk(spec);
    boolean same =
        Arrays.equals(peer.publicKey, spec.publicKey().bytes())
            && MessageDigest.isEqual(peer.presharedKey, psk);
    Arrays.fill(psk, (byte) 0);
    return same;
  }

  /** The pre-shared key, all zero for none. */
  private static byte[] psk(PeerSpec spec) {
    var psk = new byte[SecretKey.LENGTH];
    spec.presharedKey().ifPresent(key -> key.copyTo(psk, 0));
    return psk;
  }

  private Peer add(PeerSpec spec) {
    var key = spec.publicKey().bytes();
    var staticStatic = new byte[Curve25519.LENGTH];
    if (!hub.identity.agree(key, staticStatic)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The public key " + spec.publicKey() + " is not one that a private key can have.",
          "Ask the peer for the output of 'wg pubkey' or 'gatehouse pubkey'.");
    }
    var peer = new Peer(spec.handle(), key, psk(spec), staticStatic, spec.timing(), hub.room);
    hub.peers.put(peer.handle, peer);
    hub.byKey.put(spec.publicKey(), peer);
    return peer;
  }

  /** Removes a peer and overwrites its keys; does nothing if there is none. */
  public void removePeer(int handle) {
    remove(handle, DisconnectReason.REMOVED);
  }

  private void remove(int handle, DisconnectReason reason) {
    var peer = hub.peers.get(handle);
    if (peer == null) {
      return;
    }
    hub.disconnect(peer, reason);
    hub.endSessions(peer);
    hub.timers.remove(peer);
    hub.peers.remove(handle);
    hub.byKey.remove(PublicKey.of(peer.publicKey));
    peer.clear();
  }

  /** How many sessions and handshakes there are; for tests of growth. */
  int receivers() {
    return hub.receivers.size();
  }

  /** Makes the session of a peer go on from another counter; for tests of limits. */
  void skipTo(int handle, long counter) {
    var peer = hub.peers.get(handle);
    if (peer != null && peer.current != null) {
      peer.current.nextCounter = counter;
    }
  }

  /** All peers by their handles. */
  public List<PeerState> peers() {
    var states = new ArrayList<PeerState>();
    for (var peer : hub.byKey.values()) {
      states.add(state(peer));
    }
    states.sort(Comparator.comparingInt(PeerState::handle));
    return states;
  }

  private static PeerState state(Peer peer) {
    return new PeerState(
        peer.handle,
        peer.connected,
        peer.path,
        peer.lastHandshake,
        peer.receivedBytes,
        peer.sentBytes);
  }

  /** Ends all connections and overwrites all keys but the identity's. */
  @Override
  public void close() {
    for (var state : peers()) {
      remove(state.handle(), DisconnectReason.STOPPING);
    }
    handshakes.close();
    hub.engine.close();
  }
}
