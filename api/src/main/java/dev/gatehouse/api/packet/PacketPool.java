package dev.gatehouse.api.packet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where batches come from and return to. Implementations are safe for any thread; acquiring and
 * releasing neither block nor allocate.
 *
 * @since 0.1.0
 */
public abstract class PacketPool implements AutoCloseable {

  /** For implementations. */
  protected PacketPool() {}

  /** An empty batch that is now yours, or null if all are in use: then stop reading. */
  public abstract @Nullable PacketBatch tryAcquire();

  /** How many batches are out. */
  public abstract int inFlight();

  /** How many batches there are. */
  public abstract int capacity();

  /**
   * Frees the memory. Batches still out are lost to the process rather than freed under its feet.
   */
  @Override
  public abstract void close();

  /** Takes a batch back; called by {@link PacketBatch#close()} only. */
  protected abstract void release(PacketBatch batch);

  /**
   * Makes a batch of this pool.
   *
   * @param slab its memory, which lives as long as the pool
   * @param slot a number of the pool's choice, given back by {@link #slot}
   */
  protected final PacketBatch newBatch(MemorySegment slab, int slot) {
    return new PacketBatch(this, slab, slot);
  }

  /** The number the batch was made with. */
  protected static int slot(PacketBatch batch) {
    return batch.slot;
  }

  /** Marks a batch as owned and empty; called before it is handed out. */
  protected static void markAcquired(PacketBatch batch) {
    batch.acquired();
  }
}
