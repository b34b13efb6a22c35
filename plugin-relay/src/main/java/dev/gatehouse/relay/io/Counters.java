package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.DropCounters;
import java.util.concurrent.atomic.AtomicLongArray;

/** What one shard moved: one writing thread, any number of readers. */
final class Counters {

  enum Key {
    DATAGRAMS_IN,
    BYTES_IN,
    READS,
    DATAGRAMS_OUT,
    BYTES_OUT,
    WRITES,
    WAITS
  }

  final DropCounters drops = new DropCounters();

  private final AtomicLongArray values = new AtomicLongArray(Key.values().length);

  void add(Key key, long amount) {
    int index = key.ordinal();
    values.setOpaque(index, values.getPlain(index) + amount);
  }

  long of(Key key) {
    return values.getOpaque(key.ordinal());
  }
}
