package dev.gatehouse.api.spi;

/**
 * Made-up work for a plugin's packet path. The Java virtual machine makes code fast by watching it
 * run; a rehearsal lets it watch before there are packets. It goes through the same code as packets
 * do, with state, keys, counters, sockets and memory of its own, and nothing of it reaches anybody.
 *
 * <p>The launcher calls {@link #round} again and again for a short while after all plugins have
 * started, a bounded share of the time, and ends it when real packets come or the gateway stops.
 *
 * @since 0.1.0
 */
public interface Rehearsal extends AutoCloseable {

  /**
   * Does a little work, a millisecond at most once the code is fast. On the thread of the shard it
   * was made for.
   */
  void round();

  /** Releases everything; on the same thread. Does not fail. */
  @Override
  void close();
}
