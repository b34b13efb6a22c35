package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers changes to one watcher on a virtual thread of its own. */
final class Watching implements AuthorizationStore.Watch {

  private static final Logger log = LoggerFactory.getLogger(Watching.class);
  private static final int PORTION = 256;
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** Reads changes from the database. */
  interface Source {
    List<StoreChange> after(long version, int limit);
  }

  private final Feed feed;
  private final Source source;
  private final Consumer<? super StoreChange> consumer;
  private final Consumer<Watching> whenClosed;
  private final ReentrantLock delivering = new ReentrantLock();
  private final Thread thread;
  private long position;
  private volatile boolean closed;

  Watching(
      Feed feed,
      Source source,
      long afterVersion,
      Consumer<? super StoreChange> consumer,
      Consumer<Watching> whenClosed) {
    this.feed = feed;
    this.source = source;
    this.position = afterVersion;
    this.consumer = consumer;
    this.whenClosed = whenClosed;
    this.thread = Thread.ofVirtual().name("store-watch").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!closed) {
        var changes = next();
        if (changes.isEmpty() && !feed.awaitOtherThan(position)) {
          return;
        }
        for (var change : changes) {
          deliver(change);
        }
      }
    } catch (InterruptedException e) {
      log.atDebug().log("watch interrupted");
    }
  }

  /** What comes next; from the database if it is not remembered, as often as that takes. */
  private List<StoreChange> next() throws InterruptedException {
    while (!closed) {
      var remembered = feed.after(position, PORTION);
      if (remembered.isPresent()) {
        return remembered.get();
      }
      try {
        var changes = source.after(position, PORTION);
        if (!changes.isEmpty()) {
          return changes;
        }
      } catch (GatehouseException e) {
        log.atDebug().setCause(e).log("watch waits for the database");
      }
      Thread.sleep(PAUSE);
    }
    return List.of();
  }

  private void deliver(StoreChange change) {
    delivering.lock();
    try {
      if (!closed) {
        position = change.version();
        consumer.accept(change);
      }
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).addKeyValue("version", position).log("watcher failed");
    } finally {
      delivering.unlock();
    }
  }

  /** Waits for a delivery that is under way, unless it is that delivery which closes. */
  @Override
  public void close() {
    closed = true;
    delivering.lock();
    try {
      whenClosed.accept(this);
    } finally {
      delivering.unlock();
    }
    if (!Thread.currentThread().equals(thread)) {
      thread.interrupt();
    }
  }
}
