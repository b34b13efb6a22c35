package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.Path;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts datagrams one behind the other into outgoing batches, as trains where they have the same
 * path, mark and size, so that a train is one send.
 *
 * <p>Use: {@link #room} says where to write, {@link #written} adds it, {@link #flush} hands over.
 */
final class TrainWriter {

  /** The most datagrams the kernel takes at once. */
  static final int MOST_DATAGRAMS = 64;

  /** The most bytes of a UDP datagram over IPv4, and so of a train. */
  static final int MOST_BYTES = 65507;

  private final PacketPool pool;
  private final PacketLane lane;
  private final DropCounters drops;
  private @Nullable PacketBatch batch;
  private @Nullable Path path;
  private int ecn;
  private int start;
  private int bytes;
  private int segment;
  private int datagrams;

  TrainWriter(PacketPool pool, PacketLane lane, DropCounters drops) {
    this.pool = pool;
    this.lane = lane;
    this.drops = drops;
  }

  /**
   * Finds room for one datagram.
   *
   * @param length its exact length
   * @param expected how many bytes are likely to follow on the same path, itself included: a new
   *     train is begun where they fit
   * @return its offset in {@link #slab()}, or -1 if there is no free batch
   */
  @SuppressWarnings("ReferenceEquality") // an equal but different path only ends the train
  int room(Path to, int mark, int length, int expected) {
    if (datagrams > 0) {
      if (length <= segment
          && to == path
          && mark == ecn
          && datagrams < MOST_DATAGRAMS
          && bytes + length <= MOST_BYTES
          && bytes + length <= current().remaining()) {
        return start + bytes;
      }
      endTrain();
    }
    var open = batch;
    if (open != null && open.remaining() < Math.max(length, Math.min(expected, MOST_BYTES))) {
      flush();
      open = null;
    }
    if (open == null) {
      open = pool.tryAcquire();
      batch = open;
      if (open == null) {
        return -1;
      }
    }
    path = to;
    ecn = mark;
    start = open.reserve(length);
    segment = length;
    bytes = 0;
    return start;
  }

  /** The memory to write to, after {@link #room} gave an offset. */
  MemorySegment slab() {
    return current().slab();
  }

  /** Adds the datagram that was written where {@link #room} said. */
  void written(int length) {
    bytes += length;
    datagrams++;
    if (length < segment) {
      endTrain();
    }
  }

  /** Hands over what there is; nothing is left here when the lane's consumer runs. */
  void flush() {
    endTrain();
    var full = batch;
    batch = null;
    if (full == null) {
      return;
    }
    if (full.isEmpty()) {
      full.close();
      return;
    }
    if (!lane.offer(full)) {
      for (int i = 0; i < full.size(); i++) {
        full.drop(i, DropReason.LANE_FULL, drops);
      }
      full.close();
    }
  }

  private void endTrain() {
    if (datagrams == 0) {
      return;
    }
    var open = current();
    int index = open.commit(start, bytes);
    open.path(index, path);
    open.ecn(index, ecn);
    open.segmentSize(index, datagrams > 1 ? segment : 0);
    datagrams = 0;
    path = null;
  }

  private PacketBatch current() {
    var open = batch;
    if (open == null) {
      throw new IllegalStateException("no room was asked for");
    }
    return open;
  }
}
