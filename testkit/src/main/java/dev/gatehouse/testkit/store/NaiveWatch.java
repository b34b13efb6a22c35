package dev.gatehouse.testkit.store;

import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import java.util.function.Consumer;

/** A watch of a {@link NaiveStore}, on a thread of its own. */
final class NaiveWatch implements AuthorizationStore.Watch {

  private final NaiveStore store;
  private final Consumer<? super StoreChange> consumer;
  private final Thread thread = Thread.ofVirtual().unstarted(this::run);
  private final Object delivering = new Object();
  private long position;
  private volatile boolean closed;

  NaiveWatch(NaiveStore store, long position, Consumer<? super StoreChange> consumer) {
    this.store = store;
    this.position = position;
    this.consumer = consumer;
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        var change = store.next(position);
        position = change.version();
        synchronized (delivering) {
          if (closed) {
            return;
          }
          store.deliver(consumer, change);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  @Override
  public void close() {
    synchronized (delivering) {
      closed = true;
    }
    if (!Thread.currentThread().equals(thread)) {
      thread.interrupt();
    }
  }
}
