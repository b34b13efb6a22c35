package dev.gatehouse.crypto.core;

import org.jspecify.annotations.Nullable;

/** Finds a value by a number: open addressing with linear probing, at most half full, no boxing. */
final class IntTable<T> {

  private static final int SMALLEST = 64;

  private int[] indexes = new int[SMALLEST];
  private @Nullable Object[] values = new @Nullable Object[SMALLEST];
  private int size;

  /** Puts a value in, in place of what had the number before. */
  void put(int index, T value) {
    if (2 * size >= indexes.length) {
      grow();
    }
    int slot = slot(index);
    if (values[slot] == null) {
      size++;
    }
    indexes[slot] = index;
    values[slot] = value;
  }

  /** The value with this number. */
  @SuppressWarnings("unchecked") // only T goes in
  @Nullable T get(int index) {
    return (T) values[slot(index)];
  }

  /** Takes a number out; what is behind it in its probe sequence moves up. */
  void remove(int index) {
    int hole = slot(index);
    if (values[hole] == null) {
      return;
    }
    size--;
    int mask = indexes.length - 1;
    for (int next = (hole + 1) & mask; values[next] != null; next = (next + 1) & mask) {
      int home = home(indexes[next]);
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        indexes[hole] = indexes[next];
        values[hole] = values[next];
        hole = next;
      }
    }
    values[hole] = null;
  }

  int size() {
    return size;
  }

  /** Where the index is, or the free place where it would go. */
  private int slot(int index) {
    int mask = indexes.length - 1;
    int slot = home(index);
    while (values[slot] != null && indexes[slot] != index) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int home(int index) {
    return (index * 0x9e37_79b9) >>> Integer.numberOfLeadingZeros(indexes.length - 1);
  }

  private void grow() {
    var oldIndexes = indexes;
    var oldValues = values;
    indexes = new int[2 * oldIndexes.length];
    values = new @Nullable Object[indexes.length];
    for (int i = 0; i < oldIndexes.length; i++) {
      if (oldValues[i] != null) {
        int slot = slot(oldIndexes[i]);
        indexes[slot] = oldIndexes[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
