package dev.gatehouse.relay.io;

import java.util.concurrent.atomic.AtomicLongArray;

/** What the shell of one event loop counts: one writing thread, any number of readers. */
final class RelayCounters {

  enum Tally {
    READS,
    DATAGRAMS_IN,
    BYTES_IN,
    TRUNCATED,
    WRITES,
    DATAGRAMS_OUT,
    BYTES_OUT,
    REFUSED_TRAINS,
    EGRESS_FULL,
    SEND_FAILED,
    SIBLING_FULL,
    STREAMS_ACCEPTED,
    STREAMS_REFUSED,
    STREAMS_TIMED_OUT,
    STREAMS_MALFORMED,
    SOCKETS_REFUSED
  }

  private static final int COUNT = Tally.values().length;

  private final AtomicLongArray values = new AtomicLongArray(COUNT);

  void add(Tally key, long amount) {
    int index = key.ordinal();
    values.setOpaque(index, values.getPlain(index) + amount);
  }

  long of(Tally key) {
    return values.getOpaque(key.ordinal());
  }
}
