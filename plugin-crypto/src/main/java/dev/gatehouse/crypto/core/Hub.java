package dev.gatehouse.crypto.core;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** What the parts of one shard's tunnel share, and the few things they all do. */
final class Hub {

  private static final long WAITING_BYTES = 16L << 20;

  final Identity identity;
  final AeadEngine engine;
  final RandomGenerator random;
  final Tai64n.Source stamps;
  final TunnelListener listener;
  final DropCounters drops;
  final PacketPool pool;
  final TrainWriter writer;
  final int mtu;
  long silentAfter;
  final IntTable<Receiver> receivers = new IntTable<>();
  final IntTable<Peer> peers = new IntTable<>();
  final Map<PublicKey, Peer> byKey = new HashMap<>();
  final TimerHeap timers = new TimerHeap();
  final WaitingPackets.Room room = new WaitingPackets.Room(WAITING_BYTES);

  private final SplittableRandom cheap;
  private final int shard;
  private final int shardBits;

  Hub(TunnelCore.Settings settings, TunnelCore.Surroundings around) {
    identity = settings.identity();
    engine = settings.engine().confined();
    mtu = settings.mtu();
    silentAfter = settings.silentAfterNanos();
    shard = settings.shard();
    shardBits = 32 - Integer.numberOfLeadingZeros(settings.shards() - 1);
    random = around.random();
    stamps = around.stamps();
    listener = around.listener();
    drops = around.drops();
    pool = around.pool();
    writer = new TrainWriter(pool, around.toNetwork(), drops);
    cheap = new SplittableRandom(random.nextLong());
  }

  /** A delay from zero to the given one; for spreading load, not for secrets. */
  long jitter(long most) {
    return most <= 0 ? 0 : cheap.nextLong(most);
  }

  /**
   * Gives a receiver a random index nobody has. The low bits tell the shard, so that whoever gets a
   * datagram can see from it whose it is.
   */
  int register(Receiver receiver) {
    int index;
    do {
      index = (random.nextInt() << shardBits) | shard;
    } while (receivers.get(index) != null);
    receivers.put(index, receiver);
    return index;
  }

  void end(Session session) {
    receivers.remove(session.localIndex);
    session.close();
  }

  /** Ends a handshake of ours that is under way. */
  void endPending(Peer peer) {
    var pending = peer.pending;
    if (pending != null) {
      pending.close();
      peer.pending = null;
      receivers.remove(peer.pendingIndex);
    }
  }

  /** Ends all sessions and overwrites their keys. */
  void endSessions(Peer peer) {
    endPending(peer);
    if (peer.previous != null) {
      end(peer.previous);
    }
    if (peer.current != null) {
      end(peer.current);
    }
    if (peer.next != null) {
      end(peer.next);
    }
    peer.previous = null;
    peer.current = null;
    peer.next = null;
    drops.count(DropReason.NO_SESSION, peer.waiting.clear());
  }

  /** Something authentic came along this path: it is how the peer is reached from now on. */
  @SuppressWarnings("ReferenceEquality") // the usual case, decided without a call
  void cameBy(Peer peer, Path path) {
    var known = peer.path;
    if (path == known || path.equals(known)) {
      return;
    }
    peer.path = path;
    if (peer.connected && known != null && !known.remote().equals(path.remote())) {
      listener.roamed(peer.handle, path);
    }
  }

  void connect(Peer peer, Path path) {
    if (!peer.connected) {
      peer.connected = true;
      listener.connected(peer.handle, path);
    }
  }

  void disconnect(Peer peer, DisconnectReason reason) {
    if (peer.connected) {
      peer.connected = false;
      listener.disconnected(peer.handle, reason);
    }
  }

  void schedule(Peer peer) {
    timers.wake(peer, peer.deadline(silentAfter));
  }
}
