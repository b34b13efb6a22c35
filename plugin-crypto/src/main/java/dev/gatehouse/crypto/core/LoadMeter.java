package dev.gatehouse.crypto.core;

/**
 * Whether more handshake messages arrive than are answered without question. Once there were too
 * many, the load counts as high for a second more, as in the reference.
 */
final class LoadMeter {

  private static final long AFTERMATH = 1_000_000_000L;

  private TokenBucket unquestioned;
  private long highUntil;

  /**
   * An empty meter.
   *
   * @param perSecond how many messages a second are answered without question, at least 1; as many
   *     may come at once
   */
  LoadMeter(int perSecond) {
    unquestioned = new TokenBucket(perSecond);
  }

  /** Answers another number without question from now on. */
  void perSecond(int messages) {
    unquestioned = new TokenBucket(messages);
  }

  /** Counts one message; whether the load is high. */
  boolean count(long nowNanos) {
    if (!unquestioned.take(nowNanos)) {
      highUntil = nowNanos + AFTERMATH;
    }
    return nowNanos < highUntil;
  }
}
