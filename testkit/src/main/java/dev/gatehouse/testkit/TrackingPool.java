package dev.gatehouse.testkit;

import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.packet.SlabPool;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A pool that remembers where each batch was acquired, so that a test can name the place that
 * forgot to close one. Closing a batch twice, or using it after closing it, fails in the batch
 * itself when assertions are on, as they are in tests. Safe for any thread; slow on purpose.
 *
 * @since 0.1.0
 */
public final class TrackingPool extends PacketPool {

  private final Arena arena = Arena.ofShared();
  private final int capacity;
  private final Deque<PacketBatch> free = new ArrayDeque<>();
  private final IdentityHashMap<PacketBatch, Throwable> out = new IdentityHashMap<>();
  private int made;

  /**
   * A pool with this many slabs of the usual size, each allocated when it is first needed: many
   * tests have a pool, few of them use it.
   */
  public TrackingPool(int capacity) {
    this.capacity = capacity;
  }

  @Override
  public synchronized @Nullable PacketBatch tryAcquire() {
    var batch = free.poll();
    if (batch == null) {
      if (made == capacity) {
        return null;
      }
      batch = newBatch(arena.allocate(SlabPool.DEFAULT_SLAB_BYTES, 64), made++);
    }
    markAcquired(batch);
    batch.slab().fill((byte) 0xa5);
    out.put(batch, new Throwable("acquired here"));
    return batch;
  }

  /** A batch; fails if none is left. */
  public PacketBatch acquire() {
    var batch = tryAcquire();
    if (batch == null) {
      throw leak("the pool is empty");
    }
    return batch;
  }

  @Override
  protected synchronized void release(PacketBatch batch) {
    if (out.remove(batch) == null) {
      throw new AssertionError("a batch came back that was not out");
    }
    free.push(batch);
  }

  @Override
  public synchronized int inFlight() {
    return out.size();
  }

  @Override
  public int capacity() {
    return capacity;
  }

  /** Fails, with the place of each acquisition, if a batch is still out. */
  public synchronized void assertAllReturned() {
    if (!out.isEmpty()) {
      throw leak(out.size() + " batches were not closed");
    }
  }

  private AssertionError leak(String what) {
    var error = new AssertionError(what);
    out.values().forEach(error::addSuppressed);
    return error;
  }

  @Override
  public synchronized void close() {
    if (out.isEmpty()) {
      free.clear();
      made = capacity;
      arena.close();
    }
  }
}
