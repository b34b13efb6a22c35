package com.example.filestore;

import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import java.util.function.Consumer;

/** Delivers changes to one watcher, on a thread of its own. */
final class FileWatch implements AuthorizationStore.Watch {

  /** Where the changes come from. */
  interface Source {
    StoreChange next(long after) throws InterruptedException;
  }

  private final Source source;
  private final Consumer<? super StoreChange> consumer;
  private final Consumer<FileWatch> whenClosed;
  private final Thread thread = Thread.ofVirtual().name("file-store-watch").unstarted(this::run);
  private final Object delivering = new Object();
  private long position;
  private volatile boolean closed;

  FileWatch(
      Source source,
      long position,
      Consumer<? super StoreChange> consumer,
      Consumer<FileWatch> whenClosed) {
    this.source = source;
    this.position = position;
    this.consumer = consumer;
    this.whenClosed = whenClosed;
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!closed) {
        var change = source.next(position);
        position = change.version();
        synchronized (delivering) {
          if (!closed) {
            deliver(change);
          }
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void deliver(StoreChange change) {
    try {
      consumer.accept(change);
    } catch (RuntimeException e) {
      // a watcher that fails gets the next change all the same
    }
  }

  /** Waits for a delivery that is under way, unless it is that delivery which closes. */
  @Override
  public void close() {
    closed = true;
    synchronized (delivering) {
      whenClosed.accept(this);
    }
    if (Thread.currentThread() != thread) {
      thread.interrupt();
    }
  }
}
