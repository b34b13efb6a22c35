package dev.gatehouse.store.core;

import dev.gatehouse.api.store.StoreChange;
import java.util.ArrayList;
import java.util.List;

/** The newest changes, at most a fixed number of them. Not safe for concurrent use. */
public final class ChangeLog {

  private final StoreChange[] ring;
  private long added;
  private long floor;

  /**
   * Knows nothing before a version.
   *
   * @param capacity how many changes to remember, at least 1
   * @param floor the version after which everything is known
   */
  public ChangeLog(int capacity, long floor) {
    this.ring = new StoreChange[capacity];
    this.floor = floor;
  }

  /** The version after which every change is known. */
  public long floor() {
    return floor;
  }

  /** How many changes are remembered. */
  public int size() {
    return (int) Math.min(added, ring.length);
  }

  /** Remembers a change, which is newer than all before. */
  public void add(StoreChange change) {
    int slot = (int) (added % ring.length);
    if (added >= ring.length) {
      floor = ring[slot].version();
    }
    ring[slot] = change;
    added++;
  }

  /**
   * Changes after a version, oldest first, or a single gap if some of them are not known any more.
   *
   * @param newest the store's version; nothing is known about versions after it
   */
  public List<StoreChange> after(long version, long newest, int limit) {
    if (version < floor || version > newest) {
      return List.of(new StoreChange.Gap(version > newest ? newest : floor));
    }
    long from = firstAfter(version);
    var found = new ArrayList<StoreChange>();
    for (long i = from; i < added && found.size() < limit; i++) {
      found.add(ring[(int) (i % ring.length)]);
    }
    return found;
  }

  private long firstAfter(long version) {
    long low = added - size();
    long high = added;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (ring[(int) (middle % ring.length)].version() > version) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
