package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.store.postgres.core.LoggedChange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What this gateway has heard of the store's changes, its own and those of others: each once and in
 * the order of versions. It tells the event bus, and wakes those who watch.
 */
final class Feed {

  private static final int REMEMBERED = 4096;

  private final Events events;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final ArrayDeque<LoggedChange> recent = new ArrayDeque<>();
  private volatile long position;
  private boolean closed;

  Feed(Events events, TimeSource time) {
    this.events = events;
    this.time = time;
  }

  /** The newest version that was heard of. */
  long position() {
    return position;
  }

  /** Begins anew after a version, because what lies between is not known. */
  void reset(long version) {
    lock.lock();
    try {
      recent.clear();
      position = version;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes changes that follow a version without a hole. What was heard before is skipped; what does
   * not connect is left for the next time.
   */
  void append(long after, List<LoggedChange> changes) {
    lock.lock();
    try {
      if (after > position) {
        return;
      }
      for (var change : changes) {
        if (change.version() > position) {
          position = change.version();
          remember(change);
          tell(change);
        }
      }
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void remember(LoggedChange change) {
    if (recent.size() == REMEMBERED) {
      recent.removeFirst();
    }
    recent.addLast(change);
  }

  private void tell(LoggedChange logged) {
    var at = time.now();
    switch (logged.change()) {
      case StoreChange.AuthorizationPut(var authorization, var version) ->
          events.publish(
              logged.isNew()
                  ? new GatewayEvent.AuthorizationGranted(at, authorization, version)
                  : new GatewayEvent.AuthorizationExtended(at, authorization, version));
      case StoreChange.AuthorizationRemoved(var key, var reason, var version) ->
          events.publish(
              reason == EndReason.EXPIRED
                  ? new GatewayEvent.AuthorizationExpired(at, key, version)
                  : new GatewayEvent.AuthorizationRevoked(at, key, version));
      default -> {
        // clients and resources have no events of their own
      }
    }
  }

  /** Tells something that is not a change. */
  void tell(List<GatewayEvent> told) {
    told.forEach(events::publish);
  }

  /** Changes after a version, as far as they are remembered here; empty if the store must say. */
  Optional<List<StoreChange>> after(long version, int limit) {
    lock.lock();
    try {
      if (version == position) {
        return Optional.of(List.of());
      }
      if (recent.isEmpty() || version > position || version < recent.getFirst().version() - 1) {
        return Optional.empty();
      }
      var found = new ArrayList<StoreChange>();
      for (var change : recent) {
        if (change.version() > version) {
          found.add(change.change());
          if (found.size() == limit) {
            break;
          }
        }
      }
      return Optional.of(found);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until another version than this was heard of; false if the store was closed. */
  boolean awaitOtherThan(long version) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && position == version) {
        moved.await();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
