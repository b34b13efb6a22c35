package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Opens datagrams where they lie and lists what was in them anew, in the same batch. What is opened
 * has at least 16 scratch bytes before and behind it, where header and tag were.
 */
final class Inbound {

  private final Hub hub;
  private final Handshakes handshakes;
  private final PacketPool pool;
  private final PacketLane fromTunnel;

  private final int[] offsets = new int[PacketBatch.CAPACITY];
  private final int[] lengths = new int[PacketBatch.CAPACITY];
  private final int[] segments = new int[PacketBatch.CAPACITY];
  private final int[] marks = new int[PacketBatch.CAPACITY];
  private final @Nullable Path[] paths = new @Nullable Path[PacketBatch.CAPACITY];

  /** Take what does not fit into the batch it came in. */
  private final ArrayDeque<PacketBatch> overflow = new ArrayDeque<>();

  /** The session of the datagrams in a row; forgotten whenever a session may have ended. */
  private @Nullable Session session;

  private boolean heard;
  private boolean heardData;

  Inbound(Hub hub, Handshakes handshakes, PacketPool pool, PacketLane fromTunnel) {
    this.hub = hub;
    this.handshakes = handshakes;
    this.pool = pool;
    this.fromTunnel = fromTunnel;
  }

  /** Opens a batch that is now ours and passes it on. */
  void open(PacketBatch batch, long now) {
    int entries = batch.size();
    for (int i = 0; i < entries; i++) {
      offsets[i] = batch.offset(i);
      lengths[i] = batch.length(i);
      segments[i] = batch.segmentSize(i);
      marks[i] = batch.ecn(i);
      paths[i] = batch.path(i);
      batch.path(i, null);
    }
    batch.clear();
    for (int i = 0; i < entries; i++) {
      entry(batch, i, now);
      paths[i] = null;
    }
    finishRun(now);
    hub.writer.flush();
    pass(batch);
    for (var more = overflow.poll(); more != null; more = overflow.poll()) {
      pass(more);
    }
  }

  private void pass(PacketBatch batch) {
    if (batch.isEmpty()) {
      batch.close();
    } else if (!fromTunnel.offer(batch)) {
      hub.drops.count(DropReason.LANE_FULL, batch.size());
      batch.close();
    }
  }

  private void entry(PacketBatch batch, int index, long now) {
    var path = paths[index];
    int offset = offsets[index];
    int end = offset + lengths[index];
    int step = segments[index] > 0 ? segments[index] : lengths[index];
    if (path == null && end > offset) {
      hub.drops.count(DropReason.MALFORMED, 1);
      return;
    }
    for (int at = offset; path != null && at < end; at += step) {
      datagram(batch, at, Math.min(step, end - at), path, marks[index], now);
    }
  }

  private void datagram(PacketBatch batch, int offset, int length, Path path, int mark, long now) {
    var slab = batch.slab();
    if (length < Messages.DATA_OVERHEAD || Octets.u32le(slab, offset) != Messages.DATA) {
      finishRun(now);
      handshakes.receive(slab, offset, length, path, now);
      return;
    }
    int index = Octets.u32le(slab, offset + 4L);
    var with = session;
    if (with == null || with.localIndex != index) {
      finishRun(now);
      var receiver = hub.receivers.get(index);
      with = receiver == null ? null : receiver.session;
      if (with == null) {
        hub.drops.count(DropReason.UNKNOWN_RECEIVER, 1);
        return;
      }
      session = with;
    }
    long counter = Octets.u64le(slab, offset + 8L);
    var refused = refused(with, slab, offset, length, counter, now);
    if (refused != null) {
      hub.drops.count(refused, 1);
      return;
    }
    boolean newest = with.window.accept(counter);
    with.peer.receivedBytes += length;
    heard = true;
    if (newest) {
      hub.cameBy(with.peer, path);
    }
    if (with == with.peer.next) {
      handshakes.confirm(with.peer, path, now);
    }
    if (!with.peer.connected) {
      with.peer.lastHeard = now;
      hub.connect(with.peer, path);
    }
    if (length > Messages.DATA_OVERHEAD) {
      heardData = true;
      int at = offset + Messages.DATA_HEADER;
      deliver(batch, at, length - Messages.DATA_OVERHEAD, with.peer.handle, mark);
    }
  }

  private static @Nullable DropReason refused(
      Session with, MemorySegment slab, int offset, int length, long counter, long now) {
    if (!with.mayReceive(now) || Long.compareUnsigned(counter, Timing.REJECT_AFTER_MESSAGES) >= 0) {
      return DropReason.SESSION_TOO_OLD;
    }
    if (!with.window.isFresh(counter)) {
      return DropReason.REPLAYED;
    }
    int at = offset + Messages.DATA_HEADER;
    return with.opening.open(counter, slab, at, length - Messages.DATA_HEADER)
        ? null
        : DropReason.FORGED;
  }

  private void deliver(PacketBatch batch, int offset, int length, int handle, int mark) {
    var slab = batch.slab();
    int stated = InnerPacket.statedLength(slab, offset, length);
    if (stated < 0) {
      if (!control(slab, offset, length, handle)) {
        hub.drops.count(DropReason.MALFORMED, 1);
      }
      return;
    }
    if (!InnerPacket.decapsulateEcn(slab, offset, Octets.u8(slab, offset) >>> 4, mark)) {
      hub.drops.count(DropReason.CONGESTION, 1);
      return;
    }
    if (overflow.isEmpty() && batch.size() < PacketBatch.CAPACITY) {
      batch.peer(batch.append(offset, stated), handle);
    } else {
      deliverElsewhere(slab, offset, stated, handle);
    }
  }

  /** Whether that is a control message, and one that somebody here understands. */
  private boolean control(MemorySegment slab, int offset, int length, int handle) {
    int type = ControlMessage.type(slab, offset, length);
    if (type == 0) {
      return false;
    }
    var body = new byte[ControlMessage.bodyLength(type)];
    MemorySegment.copy(
        slab, ValueLayout.JAVA_BYTE, offset + (long) ControlMessage.HEADER, body, 0, body.length);
    return hub.listener.control(handle, type, body);
  }

  private void deliverElsewhere(MemorySegment slab, int offset, int length, int handle) {
    var other = overflow.peekLast();
    if (other == null || other.remaining() < length) {
      other = pool.tryAcquire();
      if (other == null) {
        hub.drops.count(DropReason.POOL_EMPTY, 1);
        return;
      }
      overflow.add(other);
    }
    int at = other.reserve(length);
    MemorySegment.copy(slab, offset, other.slab(), at, length);
    other.peer(other.commit(at, length), handle);
  }

  /** The datagrams of one session in a row have ended: what each of them meant, meant once. */
  private void finishRun(long now) {
    var with = session;
    session = null;
    if (with == null || !heard) {
      return;
    }
    heard = false;
    var peer = with.peer;
    peer.authenticatedReceived(now);
    if (heardData) {
      heardData = false;
      peer.dataReceived(now);
    }
    var current = peer.current;
    if (!peer.lastMinuteHandshake
        && current != null
        && current.initiator
        && current.age(now) >= peer.timing.rekeyOnReceive()) {
      peer.lastMinuteHandshake = true;
      handshakes.want(peer, now);
    }
    hub.schedule(peer);
  }
}
