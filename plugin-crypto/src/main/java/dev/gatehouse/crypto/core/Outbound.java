package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.Path;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Seals packets into trains of datagrams; packets without a session wait or are dropped. */
final class Outbound implements TrainCutter.Sink {

  private final Hub hub;
  private final TrainCutter cutter = new TrainCutter();
  private @Nullable Handshakes handshakes;

  /** Who is being sealed for, while a train is cut. */
  private @Nullable Session cutFor;

  private int cutEcn;
  private int cutExpected;
  private boolean poolEmpty;

  Outbound(Hub hub) {
    this.hub = hub;
  }

  void connect(Handshakes other) {
    handshakes = other;
  }

  private Handshakes handshakes() {
    return Objects.requireNonNull(handshakes);
  }

  /** Seals the entries of a borrowed batch; the packets in it are changed. */
  void seal(PacketBatch batch, long now) {
    Peer peer = null;
    Session session = null;
    for (int i = 0; i < batch.size(); i++) {
      if (batch.length(i) == 0) {
        continue;
      }
      if (peer == null || peer.handle != batch.peer(i)) {
        finish(peer, session, now);
        peer = hub.peers.get(batch.peer(i));
        session = peer == null ? null : peer.sendable(now);
      }
      if (peer == null) {
        batch.drop(i, DropReason.NO_PEER, hub.drops);
      } else if (session == null || !session.hasCountersFor(batch.packets(i))) {
        keep(peer, batch, i, now);
      } else {
        seal(session, batch, i);
      }
    }
    finish(peer, session, now);
  }

  private void finish(@Nullable Peer peer, @Nullable Session session, long now) {
    if (peer == null) {
      return;
    }
    if (session != null) {
      peer.dataSent(now, hub.jitter(peer.timing.jitter()));
      peer.authenticatedSent(now);
      if (session.isWorn() || (session.initiator && session.age(now) >= peer.timing.rekeyAfter())) {
        handshakes().want(peer, now);
      }
    }
    hub.schedule(peer);
  }

  private void keep(Peer peer, PacketBatch batch, int index, long now) {
    if (peer.path == null) {
      batch.drop(index, DropReason.NO_SESSION, hub.drops);
      return;
    }
    int lost =
        peer.waiting.add(
            batch.slab(),
            batch.offset(index),
            batch.length(index),
            batch.segmentSize(index),
            batch.packets(index));
    hub.drops.count(DropReason.NO_SESSION, lost);
    handshakes().want(peer, now);
  }

  private void seal(Session session, PacketBatch batch, int index) {
    var slab = batch.slab();
    int offset = batch.offset(index);
    int length = batch.length(index);
    int segment = batch.segmentSize(index);
    int ecn = InnerPacket.ecn(slab, offset, length);
    if (segment == 0) {
      if (!sealPacket(session, slab, offset, length, ecn, 0)) {
        hub.drops.count(DropReason.POOL_EMPTY, 1);
      }
      return;
    }
    cutFor = session;
    cutEcn = ecn;
    poolEmpty = false;
    int pieces = cutter.plan(slab, offset, length, segment);
    if (pieces <= 0) {
      batch.drop(index, DropReason.MALFORMED, hub.drops);
      return;
    }
    cutExpected = pieces * sealedLength(cutter.pieceLength());
    int sealed = cutter.cut(slab, offset, length, segment, this);
    if (poolEmpty) {
      hub.drops.count(DropReason.POOL_EMPTY, (long) pieces - sealed);
    }
  }

  @Override
  public boolean piece(MemorySegment slab, long offset, int length) {
    var session = Objects.requireNonNull(cutFor);
    boolean sealed = sealPacket(session, slab, offset, length, cutEcn, cutExpected);
    cutExpected -= sealedLength(length);
    poolEmpty = !sealed;
    return sealed;
  }

  private int sealedLength(int length) {
    return Messages.DATA_OVERHEAD + padded(length);
  }

  /** To a multiple of 16, but not beyond the MTU, which would make a full packet two fragments. */
  private int padded(int length) {
    return Math.min((length + Messages.PADDING - 1) & -Messages.PADDING, Math.max(length, hub.mtu));
  }

  /**
   * Seals one packet. The 16 bytes behind it are overwritten with zeros as padding.
   *
   * @return false if there is no free batch
   */
  private boolean sealPacket(
      Session session, MemorySegment slab, long offset, int length, int ecn, int expected) {
    int padded = padded(length);
    int sealed = Messages.DATA_OVERHEAD + padded;
    Path path = session.peer.path;
    if (path == null) {
      return false;
    }
    int at = hub.writer.room(path, ecn, sealed, expected);
    if (at < 0) {
      return false;
    }
    if (padded != length) {
      Octets.u64(slab, offset + length, 0);
      Octets.u64(slab, offset + length + 8, 0);
    }
    seal(session, slab, offset, padded, at);
    return true;
  }

  private void seal(Session session, MemorySegment slab, long offset, int padded, int at) {
    var target = hub.writer.slab();
    long counter = session.nextCounter++;
    Octets.u32le(target, at, Messages.DATA);
    Octets.u32le(target, at + 4L, session.remoteIndex);
    Octets.u64le(target, at + 8L, counter);
    session.sealing.seal(counter, slab, offset, padded, target, at + Messages.DATA_HEADER);
    session.peer.sentBytes += padded + Messages.DATA_OVERHEAD;
    hub.writer.written(padded + Messages.DATA_OVERHEAD);
  }

  /** Sends an empty packet; without a session, begins a handshake, which ends with one. */
  void keepalive(Peer peer, long now) {
    var session = peer.sendable(now);
    var path = peer.path;
    if (path == null) {
      return;
    }
    if (session == null) {
      handshakes().want(peer, now);
      return;
    }
    int at = hub.writer.room(path, 0, Messages.DATA_OVERHEAD, 0);
    if (at < 0) {
      hub.drops.count(DropReason.POOL_EMPTY, 1);
      return;
    }
    seal(session, hub.writer.slab(), at, 0, at);
    peer.authenticatedSent(now);
  }

  /** Sends a control message, if there is a session. */
  void control(Peer peer, int type, byte[] body, long now) {
    var session = peer.sendable(now);
    var path = peer.path;
    if (session == null || path == null) {
      return;
    }
    int length = ControlMessage.HEADER + body.length;
    int padded = padded(length);
    int at = hub.writer.room(path, 0, padded + Messages.DATA_OVERHEAD, 0);
    if (at < 0) {
      hub.drops.count(DropReason.POOL_EMPTY, 1);
      return;
    }
    var slab = hub.writer.slab();
    long text = at + (long) Messages.DATA_HEADER;
    ControlMessage.writeHeader(slab, text, type);
    MemorySegment.copy(
        body, 0, slab, ValueLayout.JAVA_BYTE, text + ControlMessage.HEADER, body.length);
    slab.asSlice(text + length, padded - length).fill((byte) 0);
    seal(session, slab, text, padded, at);
    peer.authenticatedSent(now);
    hub.schedule(peer);
  }

  /** A session has come: sends what waited for it, or a keepalive if nothing did. */
  void sessionReady(Peer peer, boolean keepaliveIfNone, long now) {
    if (peer.waiting.isEmpty()) {
      if (keepaliveIfNone) {
        keepalive(peer, now);
      }
      return;
    }
    while (!peer.waiting.isEmpty()) {
      var batch = hub.pool.tryAcquire();
      if (batch == null) {
        hub.drops.count(DropReason.POOL_EMPTY, peer.waiting.clear());
        if (keepaliveIfNone) {
          keepalive(peer, now);
        }
        return;
      }
      fill(batch, peer);
      seal(batch, now);
      batch.close();
    }
  }

  private void fill(PacketBatch batch, Peer peer) {
    for (var next = peer.waiting.peek(); next != null; next = peer.waiting.peek()) {
      var bytes = next.bytes();
      int at = batch.reserve(bytes.length);
      if (at < 0 && !batch.isEmpty()) {
        return;
      }
      peer.waiting.poll();
      if (at < 0) {
        hub.drops.count(DropReason.TOO_BIG, next.packets());
        continue;
      }
      MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, bytes.length);
      int index = batch.commit(at, bytes.length);
      batch.segmentSize(index, next.segmentSize());
      batch.peer(index, peer.handle);
    }
  }
}
