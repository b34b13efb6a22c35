package dev.gatehouse.store.postgres.io;

import dev.gatehouse.store.postgres.core.Operation;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Endings that could not be written yet, each once, in the order they came. Any thread. */
final class Kept {

  private static final int MOST = 10_000;

  private final Set<Operation<?>> operations = new LinkedHashSet<>();

  /** Keeps one; false if there are too many already. */
  synchronized boolean add(Operation<?> operation) {
    if (operations.contains(operation)) {
      return true;
    }
    return operations.size() < MOST && operations.add(operation);
  }

  synchronized List<Operation<?>> list() {
    return List.copyOf(operations);
  }

  synchronized void removeAll(Collection<Operation<?>> done) {
    operations.removeAll(done);
  }

  synchronized int size() {
    return operations.size();
  }
}
