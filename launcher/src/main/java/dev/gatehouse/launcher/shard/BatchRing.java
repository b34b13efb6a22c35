package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.packet.PacketBatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue for one producing and one consuming thread. An empty place is null, so neither
 * side reads the other's position: the batch itself says whether its place is taken.
 */
final class BatchRing {

  private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(PacketBatch[].class);
  private static final VarHandle TAKEN;
  private static final VarHandle ADDED;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TAKEN = lookup.findVarHandle(BatchRing.class, "taken", long.class);
      ADDED = lookup.findVarHandle(BatchRing.class, "added", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable PacketBatch[] places;
  private final int mask;

  @SuppressWarnings("UnusedVariable") // written through TAKEN
  private long taken;

  @SuppressWarnings("UnusedVariable") // written through ADDED
  private long added;

  /** A ring with this many places, a power of two. */
  BatchRing(int capacity) {
    places = new @Nullable PacketBatch[capacity];
    mask = capacity - 1;
  }

  /** Adds a batch; false if the ring is full. Producer only. */
  boolean offer(PacketBatch batch) {
    long at = (long) ADDED.getOpaque(this);
    int place = (int) at & mask;
    if (PLACE.getAcquire(places, place) != null) {
      return false;
    }
    PLACE.setRelease(places, place, batch);
    ADDED.setOpaque(this, at + 1);
    return true;
  }

  /** Takes the oldest batch; null if there is none. Consumer only. */
  @Nullable PacketBatch poll() {
    long at = (long) TAKEN.getOpaque(this);
    int place = (int) at & mask;
    var batch = (PacketBatch) PLACE.getAcquire(places, place);
    if (batch != null) {
      PLACE.setRelease(places, place, null);
      TAKEN.setOpaque(this, at + 1);
    }
    return batch;
  }

  /** Whether there is nothing to take. Exact on the consumer's thread. */
  boolean isEmpty() {
    long at = (long) TAKEN.getOpaque(this);
    return PLACE.getAcquire(places, (int) at & mask) == null;
  }

  /** How many batches there are; a recent value on any thread. */
  int size() {
    long size = (long) ADDED.getOpaque(this) - (long) TAKEN.getOpaque(this);
    return Math.clamp(size, 0, places.length);
  }

  int capacity() {
    return places.length;
  }
}
