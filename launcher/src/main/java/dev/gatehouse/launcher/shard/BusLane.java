package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import io.netty.channel.EventLoop;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lane: a bounded ring of batches whose consumer is woken over the event bus. At most one such
 * doorbell is in the air, and it delivers everything queued since the last one. No message carries
 * a batch, so a lost message loses no batch.
 *
 * <p>A batch offered on the consumer's own thread is handed over directly if nothing is queued
 * before it and the consumer is not being called already; order is the same either way, and a
 * consumer that offers into its own lane never calls itself.
 *
 * <p>Created on the event loop of its consumer; one producing thread, which may be another.
 */
final class BusLane implements PacketLane, AutoCloseable {

  /** Batches per doorbell before other work of the loop gets its turn. */
  static final int BUDGET = 32;

  private static final Logger LOG = LoggerFactory.getLogger(BusLane.class);

  private final EventLoop loop;
  private final EventBus bus;
  private final BusScope scope;
  private final String address;
  private final boolean inline;
  private final BatchRing ring;
  private final AtomicBoolean rung = new AtomicBoolean();
  private final MessageConsumer<BusLane> doorbell;
  private final FaultLog faults = new FaultLog(LOG, "a packet consumer failed; its batch is lost");

  // The loop's thread only.
  private @Nullable BatchConsumer consumer;
  private boolean delivering;

  private final AtomicLong direct = new AtomicLong();
  private final AtomicLong queued = new AtomicLong();
  private final AtomicLong doorbells = new AtomicLong();

  private volatile boolean ended;

  /**
   * Creates the lane and listens to its doorbell; to be called on the consumer's event loop.
   *
   * @param capacity how many batches it holds, a power of two
   * @param inline whether to hand over directly where that is possible
   */
  BusLane(EventLoop loop, BusScope scope, String address, int capacity, boolean inline) {
    this.loop = loop;
    this.bus = scope.vertx().eventBus();
    this.scope = scope;
    this.address = address;
    this.inline = inline;
    this.ring = new BatchRing(capacity);
    this.doorbell = bus.localConsumer(address, message -> answer());
  }

  @Override
  public boolean offer(PacketBatch batch) {
    if (inline && loop.inEventLoop()) {
      var target = consumer;
      if (target != null && !delivering && ring.isEmpty()) {
        delivering = true;
        try {
          deliver(target, batch);
        } finally {
          delivering = false;
        }
        count(direct);
        if (!ring.isEmpty()) {
          ring();
        }
        return true;
      }
    }
    if (ended || !ring.offer(batch)) {
      return false;
    }
    ring();
    if (ended) {
      discardLater();
    }
    return true;
  }

  @Override
  public int credits() {
    return ended ? 0 : ring.capacity() - ring.size();
  }

  /** Begins to deliver. The loop's thread only. */
  void consumer(BatchConsumer wanted) {
    if (consumer != null) {
      throw new IllegalStateException("the lane " + address + " has a consumer already");
    }
    if (ended) {
      throw new IllegalStateException("the lane " + address + " is closed");
    }
    consumer = wanted;
    if (!ring.isEmpty()) {
      ring();
    }
  }

  /** Ends the lane: what is queued is closed, and nothing is accepted any more. Loop's thread. */
  @Override
  public void close() {
    ended = true;
    consumer = null;
    discard();
    if (!rung.get()) {
      doorbell.unregister();
    } // else the doorbell that is in the air does it: the bus complains about those nobody hears
  }

  /** What the lane did so far; empty if nothing. Any thread. */
  Map<String, Long> status() {
    if (direct.getOpaque() + queued.getOpaque() + ring.size() == 0) {
      return Map.of();
    }
    var status = new LinkedHashMap<String, Long>();
    status.put("handed-over", direct.getOpaque());
    status.put("queued", queued.getOpaque());
    status.put("doorbells", doorbells.getOpaque());
    status.put("waiting", (long) ring.size());
    status.put("failures", faults.faults());
    return status;
  }

  /** How many batches it delivered so far. Any thread. */
  long carried() {
    return direct.getOpaque() + queued.getOpaque();
  }

  private static void count(AtomicLong counter) {
    counter.setOpaque(counter.getPlain() + 1);
  }

  private void ring() {
    if (rung.compareAndSet(false, true)) {
      try {
        bus.send(address, this, scope.delivery());
      } catch (RuntimeException e) {
        // The bus is closing; what is queued is closed with the lane.
        rung.set(false);
        LOG.atDebug().setCause(e).addKeyValue("lane", address).log("the doorbell was not sent");
      }
    }
  }

  private void answer() {
    // Before the ring is read: a batch added from here on rings again.
    rung.set(false);
    count(doorbells);
    if (ended) {
      discard();
      doorbell.unregister();
      return;
    }
    if (delivering) {
      // Only if a consumer runs the event loop from inside; its caller rings again.
      return;
    }
    delivering = true;
    try {
      for (int i = 0; i < BUDGET; i++) {
        var target = consumer;
        var batch = target == null ? null : ring.poll();
        if (target == null || batch == null) {
          return;
        }
        count(queued);
        deliver(target, batch);
      }
    } finally {
      delivering = false;
    }
    if (!ring.isEmpty()) {
      ring();
    }
  }

  private void deliver(BatchConsumer target, PacketBatch batch) {
    try {
      target.accept(batch);
    } catch (RuntimeException | Error e) {
      faults.report(address, e);
    }
  }

  private void discardLater() {
    try {
      loop.execute(this::discard);
    } catch (RejectedExecutionException e) {
      discard();
    }
  }

  private synchronized void discard() {
    for (var batch = ring.poll(); batch != null; batch = ring.poll()) {
      batch.close();
    }
  }
}
