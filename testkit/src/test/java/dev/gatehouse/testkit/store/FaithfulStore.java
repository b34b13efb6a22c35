package dev.gatehouse.testkit.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.spi.PluginContext;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A store that keeps the whole contract, as long as the object lives: it can be opened again, and
 * it sweeps by itself. The wrong stores differ from it in one thing each.
 */
class FaithfulStore extends NaiveStore {

  private final PluginContext context;
  private volatile boolean running;

  FaithfulStore(PluginContext context) {
    super(context);
    this.context = context;
  }

  Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1), context.time());
  }

  PluginContext context() {
    return context;
  }

  @Override
  public synchronized void start() {
    super.start();
    running = true;
    Thread.ofVirtual().start(this::sweepWhileOpen);
  }

  @Override
  public void close() {
    running = false;
    super.close();
  }

  private void sweepWhileOpen() {
    while (running) {
      sweepNow();
      LockSupport.parkNanos(10_000_000);
    }
  }

  private synchronized void sweepNow() {
    if (running) {
      sweep(10_000, soon());
    }
  }
}
