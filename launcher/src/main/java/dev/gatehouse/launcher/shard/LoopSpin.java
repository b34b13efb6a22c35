package dev.gatehouse.launcher.shard;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an event loop from sleeping for a short while after it had work, because being woken costs
 * more than looking again. It does not block the loop: two tasks call for each other, one among the
 * loop's tasks and one behind them, so that every round polls the descriptors and runs what else
 * there is. The loop's thread only.
 */
final class LoopSpin {

  private final SingleThreadEventLoop loop;
  private final SpinPolicy policy;
  private final Runnable amongTasks = this::amongTasks;
  private final Runnable behindTasks = this::behindTasks;
  private boolean running;
  private boolean closed;

  private LoopSpin(SingleThreadEventLoop loop, long windowNanos) {
    this.loop = loop;
    this.policy = new SpinPolicy(windowNanos, System.nanoTime());
  }

  /** The spin of a loop, or null if it is not wanted or not possible. */
  static @Nullable LoopSpin of(EventLoop loop, Duration window) {
    return window.isZero() || !(loop instanceof SingleThreadEventLoop single)
        ? null
        : new LoopSpin(single, window.toNanos());
  }

  /** There was work, begun at a reading of {@link System#nanoTime()}. */
  void worked(long fromNanos) {
    if (policy.worked(fromNanos, System.nanoTime()) && !running && !closed) {
      running = true;
      loop.execute(amongTasks);
    }
  }

  void close() {
    closed = true;
  }

  private void amongTasks() {
    if (!closed && policy.lookAgain(System.nanoTime())) {
      Thread.onSpinWait();
      loop.executeAfterEventLoopIteration(behindTasks);
    } else {
      running = false;
    }
  }

  private void behindTasks() {
    loop.execute(amongTasks);
  }
}
