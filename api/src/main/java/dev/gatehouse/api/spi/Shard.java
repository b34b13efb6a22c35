package dev.gatehouse.api.spi;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import java.time.Duration;

/**
 * One event loop with its lanes and buffers. A packet runs to completion on one shard, and the
 * state a plugin keeps per shard is touched by the shard's thread only, without locks.
 *
 * @since 0.1.0
 */
public interface Shard {

  /** 0 for the first shard. */
  int index();

  /** The pool to acquire batches from on this shard. */
  PacketPool pool();

  /** The producing end of a lane of this shard; to be used on the shard's thread only. */
  PacketLane lane(Lane lane);

  /**
   * Registers the consumer of a lane. Called while starting; the consumer runs on the shard's
   * thread until the returned watch is closed, after which queued batches are closed by the lane.
   *
   * @throws IllegalStateException if the lane has a consumer already
   */
  Watch consume(Lane lane, BatchConsumer consumer);

  /** Runs a task on the shard's thread. Any thread; never inline. */
  void execute(Runnable task);

  /** Whether the caller is on the shard's thread. */
  boolean isCurrent();

  /**
   * Runs a task on the shard's thread again and again.
   *
   * @param period from one run to the next; at least 1 ms
   */
  Watch every(Duration period, Runnable task);

  /**
   * Runs a task once on the shard's thread. Any thread.
   *
   * @param delay from now; at least 1 ms
   */
  Watch after(Duration delay, Runnable task);

  /**
   * Calls a pump whenever a non-blocking descriptor is readable (and writable, if asked for), and
   * for a short while after it last had work, so that bursts are not paid for with wake-ups.
   *
   * @param descriptor a file descriptor of this process, open until the watch is closed
   * @param pump reads what is there
   * @throws UnsupportedOperationException where the platform's loop cannot watch descriptors
   */
  DescriptorWatch watch(int descriptor, Pump pump);

  /** Reads from a descriptor until there is nothing left or its share of the turn is used up. */
  @FunctionalInterface
  interface Pump {

    /** Does one turn of work; false if there was nothing to do. Must not block. */
    boolean pump();
  }

  /** Ends when closed. Any thread; nothing runs once close has returned on the shard's thread. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** A watched descriptor. */
  interface DescriptorWatch extends Watch {

    /**
     * Asks for another call of the pump when the descriptor becomes writable, once. Shard's thread
     * only.
     */
    void wakeWhenWritable();

    /** Stops or resumes calls for readability, for back-pressure. Shard's thread only. */
    void readable(boolean wanted);
  }
}
