package dev.gatehouse.launcher.shard;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an event loop from sleeping for a short while after it had work, because being woken costs
 * more than looking again. It does not block the loop: two tasks call for each other, one among the
 * loop's tasks and one behind them, so that every round polls the descriptors and runs what else
 * there is.
 *
 * <p>It adapts: when two windows in a row passed without work, it stops until work has come within
 * a window's time of other work again. The loop's thread only.
 */
final class LoopSpin {

  private static final int MISSES = 2;

  private final SingleThreadEventLoop loop;
  private final long windowNanos;
  private final Runnable amongTasks = this::amongTasks;
  private final Runnable behindTasks = this::behindTasks;
  private long lastWork = System.nanoTime() - (1L << 40);
  private int misses = MISSES;
  private boolean running;
  private boolean closed;

  private LoopSpin(SingleThreadEventLoop loop, long windowNanos) {
    this.loop = loop;
    this.windowNanos = windowNanos;
  }

  /** The spin of a loop, or null if it is not wanted or not possible. */
  static @Nullable LoopSpin of(EventLoop loop, Duration window) {
    return window.isZero() || !(loop instanceof SingleThreadEventLoop single)
        ? null
        : new LoopSpin(single, window.toNanos());
  }

  /** There was work. */
  void worked() {
    long now = System.nanoTime();
    if (now - lastWork < windowNanos) {
      misses = 0;
    }
    lastWork = now;
    if (!running && !closed && misses < MISSES) {
      running = true;
      loop.execute(amongTasks);
    }
  }

  void close() {
    closed = true;
  }

  private void amongTasks() {
    if (closed) {
      running = false;
    } else if (System.nanoTime() - lastWork < windowNanos) {
      Thread.onSpinWait();
      loop.executeAfterEventLoopIteration(behindTasks);
    } else {
      misses++;
      running = false;
    }
  }

  private void behindTasks() {
    loop.execute(amongTasks);
  }
}
