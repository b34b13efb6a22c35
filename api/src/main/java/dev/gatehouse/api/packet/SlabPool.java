package dev.gatehouse.api.packet;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of slabs, allocated once. Free batches stand in a stack whose top carries a
 * counter, so that a compare-and-set never mistakes an old top for the present one.
 *
 * @since 0.1.0
 */
public final class SlabPool extends PacketPool {

  /** Fits four of the largest super-packets with their scratch bytes. */
  public static final int DEFAULT_SLAB_BYTES = 280 * 1024;

  private static final int NONE = -1;

  private final Arena arena = Arena.ofShared();
  private final PacketBatch[] batches;
  private final AtomicIntegerArray below;
  private final AtomicLong top = new AtomicLong(pack(0, NONE));
  private final AtomicInteger inFlight = new AtomicInteger();

  /**
   * Allocates the slabs.
   *
   * @param count how many, at least 1
   * @param slabBytes the size of each
   */
  public SlabPool(int count, int slabBytes) {
    batches = new PacketBatch[count];
    below = new AtomicIntegerArray(count);
    for (int i = 0; i < count; i++) {
      batches[i] = newBatch(arena.allocate(slabBytes, 64), i);
      push(i);
    }
  }

  @Override
  public @Nullable PacketBatch tryAcquire() {
    while (true) {
      long seen = top.get();
      int index = (int) seen;
      if (index == NONE) {
        return null;
      }
      if (top.compareAndSet(seen, pack((int) (seen >>> 32) + 1, below.get(index)))) {
        inFlight.getAndIncrement();
        var batch = batches[index];
        markAcquired(batch);
        return batch;
      }
    }
  }

  @Override
  protected void release(PacketBatch batch) {
    inFlight.getAndDecrement();
    push(slot(batch));
  }

  private void push(int index) {
    while (true) {
      long seen = top.get();
      below.set(index, (int) seen);
      if (top.compareAndSet(seen, pack((int) (seen >>> 32) + 1, index))) {
        return;
      }
    }
  }

  private static long pack(int counter, int index) {
    return (long) counter << 32 | (index & 0xffff_ffffL);
  }

  @Override
  public int inFlight() {
    return inFlight.get();
  }

  @Override
  public int capacity() {
    return batches.length;
  }

  @Override
  public void close() {
    if (inFlight.get() == 0) {
      top.set(pack(0, NONE));
      arena.close();
    }
  }
}
