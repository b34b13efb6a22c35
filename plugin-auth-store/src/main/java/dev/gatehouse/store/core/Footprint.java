package dev.gatehouse.store.core;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * What an operation looks at and what it changes. Operations whose footprints do not overlap give
 * the same results in any order, so they may share a transaction without seeing each other.
 *
 * @param reads ids, keys and addresses it relies on
 * @param writes ids, keys and addresses it changes
 * @param everything whether it concerns the whole store
 */
public record Footprint(Set<Object> reads, Set<Object> writes, boolean everything) {

  private static final Footprint ALL = new Footprint(Set.of(), Set.of(), true);

  /** Of an operation on the whole store. */
  public static Footprint all() {
    return ALL;
  }

  /** Of an operation that only changes these. */
  public static Footprint writing(Set<Object> writes) {
    return new Footprint(Set.of(), writes, false);
  }

  /** The footprints of operations that share a transaction. */
  public static final class Union {
    private final Set<Object> reads = new HashSet<>();
    private final Set<Object> writes = new HashSet<>();
    private boolean everything;
    private boolean empty = true;

    /** Nothing yet. */
    public Union() {}

    /** Adds a footprint unless it overlaps; false if it does. */
    public boolean add(Footprint other) {
      if (!empty && (everything || other.everything() || overlaps(other))) {
        return false;
      }
      empty = false;
      everything = other.everything();
      reads.addAll(other.reads());
      writes.addAll(other.writes());
      return true;
    }

    private boolean overlaps(Footprint other) {
      return !Collections.disjoint(writes, other.writes())
          || !Collections.disjoint(writes, other.reads())
          || !Collections.disjoint(reads, other.writes());
    }
  }
}
