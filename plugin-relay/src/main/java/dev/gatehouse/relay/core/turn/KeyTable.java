package dev.gatehouse.relay.core.turn;

import org.jspecify.annotations.Nullable;

/**
 * Values by keys of three longs, with open addressing. Looking up allocates nothing. The places are
 * mixed with a number nobody outside knows, because peers choose parts of the keys. One thread.
 *
 * @param <V> the values
 */
final class KeyTable<V> {

  private static final int SMALLEST = 64;

  private final long seed;
  private long[] keys = new long[3 * SMALLEST];
  private @Nullable Object[] values = new @Nullable Object[SMALLEST];
  private int size;

  KeyTable(long seed) {
    this.seed = seed;
  }

  int size() {
    return size;
  }

  @Nullable V get(long a, long b, long c) {
    int place = find(a, b, c);
    return at(place);
  }

  @SuppressWarnings("unchecked") // only values of this type are put in
  private @Nullable V at(int place) {
    return (V) values[place];
  }

  void put(long a, long b, long c, V value) {
    int place = find(a, b, c);
    if (values[place] == null) {
      if (2 * (size + 1) > values.length) {
        grow();
        place = find(a, b, c);
      }
      size++;
    }
    set(place, a, b, c, value);
  }

  void remove(long a, long b, long c) {
    int place = find(a, b, c);
    if (values[place] == null) {
      return;
    }
    size--;
    int mask = values.length - 1;
    int hole = place;
    int next = hole;
    while (true) {
      next = (next + 1) & mask;
      var value = values[next];
      if (value == null) {
        break;
      }
      int home = home(keys[3 * next], keys[3 * next + 1], keys[3 * next + 2]);
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        set(hole, keys[3 * next], keys[3 * next + 1], keys[3 * next + 2], value);
        hole = next;
      }
    }
    values[hole] = null;
  }

  private void set(int place, long a, long b, long c, Object value) {
    keys[3 * place] = a;
    keys[3 * place + 1] = b;
    keys[3 * place + 2] = c;
    values[place] = value;
  }

  private int find(long a, long b, long c) {
    int mask = values.length - 1;
    int place = home(a, b, c);
    while (values[place] != null
        && (keys[3 * place + 1] != b || keys[3 * place + 2] != c || keys[3 * place] != a)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private int home(long a, long b, long c) {
    return (int) Mixing.mix(seed, a, b, c) & (values.length - 1);
  }

  private void grow() {
    var oldKeys = keys;
    var oldValues = values;
    keys = new long[2 * oldKeys.length];
    values = new @Nullable Object[2 * oldValues.length];
    for (int i = 0; i < oldValues.length; i++) {
      var value = oldValues[i];
      if (value != null) {
        long a = oldKeys[3 * i];
        long b = oldKeys[3 * i + 1];
        long c = oldKeys[3 * i + 2];
        set(find(a, b, c), a, b, c, value);
      }
    }
  }
}
