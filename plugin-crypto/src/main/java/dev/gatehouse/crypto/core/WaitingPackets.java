package dev.gatehouse.crypto.core;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Copies of packets that wait for a session. The oldest give way, to newer ones of the same peer
 * when the peer's share is used up; when the room of all peers together is used up, the newcomer is
 * refused.
 */
final class WaitingPackets {

  /** The room for all peers of a shard together. */
  static final class Room {

    private long freeBytes;

    Room(long bytes) {
      freeBytes = bytes;
    }
  }

  /** One packet or train. */
  static final class Waiting {

    private final byte[] bytes;
    private final int segmentSize;
    private final int packets;

    private Waiting(byte[] bytes, int segmentSize, int packets) {
      this.bytes = bytes;
      this.segmentSize = segmentSize;
      this.packets = packets;
    }

    /** The packet itself. */
    byte[] bytes() {
      return bytes;
    }

    /** As in the batch it came from. */
    int segmentSize() {
      return segmentSize;
    }

    /** How many packets it stands for. */
    int packets() {
      return packets;
    }
  }

  static final int MOST_BYTES = 192 * 1024;
  static final int MOST_ENTRIES = 64;

  private final Room room;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private int bytes;

  WaitingPackets(Room room) {
    this.room = room;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /**
   * Keeps a copy.
   *
   * @return how many packets were given up for it, itself included if it was refused
   */
  int add(MemorySegment slab, long offset, int length, int segmentSize, int packets) {
    int lost = 0;
    while (!queue.isEmpty() && (queue.size() >= MOST_ENTRIES || bytes + length > MOST_BYTES)) {
      lost += queue.element().packets();
      poll();
    }
    if (room.freeBytes < length) {
      return lost + packets;
    }
    var copy = new byte[length];
    MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    queue.add(new Waiting(copy, segmentSize, packets));
    bytes += length;
    room.freeBytes -= length;
    return lost;
  }

  /** The oldest, left where it is; null if there is none. */
  @Nullable Waiting peek() {
    return queue.peek();
  }

  /** The oldest, taken out; null if there is none. */
  @Nullable Waiting poll() {
    var oldest = queue.poll();
    if (oldest != null) {
      bytes -= oldest.bytes().length;
      room.freeBytes += oldest.bytes().length;
    }
    return oldest;
  }

  /** Gives up all; how many packets that were. */
  int clear() {
    int lost = 0;
    for (var waiting = poll(); waiting != null; waiting = poll()) {
      lost += waiting.packets();
    }
    return lost;
  }
}
