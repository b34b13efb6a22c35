package dev.gatehouse.store.io;

import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.store.core.ChangeLog;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Tables;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/** What readers see: the tables and the change log behind one lock, held only for moments. */
final class Model {

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Condition changed = lock.writeLock().newCondition();
  private final Tables tables;
  private final ChangeLog log;
  private boolean closed;

  Model(Tables tables, ChangeLog log) {
    this.tables = tables;
    this.log = log;
  }

  /** The tables, for the writer's thread alone, which is the only one to change them. */
  Tables tables() {
    return tables;
  }

  /** The log, for the writer's thread alone. */
  ChangeLog log() {
    return log;
  }

  <T> T read(Function<Tables, T> reading) {
    lock.readLock().lock();
    try {
      return reading.apply(tables);
    } finally {
      lock.readLock().unlock();
    }
  }

  List<StoreChange> changesAfter(long version, int limit) {
    lock.readLock().lock();
    try {
      return log.after(version, tables.version(), limit);
    } finally {
      lock.readLock().unlock();
    }
  }

  void apply(List<Edit> edits) {
    lock.writeLock().lock();
    try {
      for (var edit : edits) {
        tables.apply(edit);
        log.add(edit.change());
      }
      changed.signalAll();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Waits until there is something after a version; false if the model was closed. */
  boolean awaitAfter(long version) throws InterruptedException {
    lock.writeLock().lockInterruptibly();
    try {
      while (!closed && tables.version() <= version) {
        changed.await();
      }
      return !closed;
    } finally {
      lock.writeLock().unlock();
    }
  }

  void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
