package dev.gatehouse.relay.core.turn;

/** Bounds what strangers cost: per prefix, and all together. One thread. */
final class SourceGate {

  private static final int BURST = 4;

  private final SourceLimiter bindings;
  private final SourceLimiter challenges;
  private final SourceLimiter failures;
  private final TurnCounters counters;
  private final int totalPerSecond;
  private Rate total;

  SourceGate(TurnSettings.SourceLimits limits, long seed, TurnCounters counters) {
    bindings =
        new SourceLimiter(seed, limits.bindingsPerSecond(), BURST * limits.bindingsPerSecond());
    challenges =
        new SourceLimiter(
            ~seed, limits.challengesPerSecond(), BURST * limits.challengesPerSecond());
    failures =
        new SourceLimiter(
            seed + 1, limits.challengesPerSecond(), BURST * limits.challengesPerSecond());
    totalPerSecond = limits.totalPerSecond();
    total = new Rate(totalPerSecond, totalPerSecond / 10 + 1L, 0);
    this.counters = counters;
  }

  /** Says when it is, for the first time. */
  void start(long nowNanos) {
    total = new Rate(totalPerSecond, totalPerSecond / 10 + 1L, nowNanos);
  }

  /** Whether a Binding request may be answered; counted if not. */
  boolean takeBinding(Request request) {
    return taken(
        bindings.take(request.high, request.low, request.now) && total.take(1, request.now));
  }

  /** Whether a request whose source may be forged may be answered; counted if not. */
  boolean takeChallenge(Request request) {
    return taken(
        challenges.take(request.high, request.low, request.now) && total.take(1, request.now));
  }

  /**
   * Whether a request may be answered that has our nonce, so that its source is not forged, but not
   * the right key. Those who forge sources cannot use these tokens up.
   */
  boolean takeFailure(Request request) {
    return taken(failures.take(request.high, request.low, request.now));
  }

  /** Whether {@link #takeFailure} would find a token; counted if not. */
  boolean hasFailure(Request request) {
    return taken(failures.has(request.high, request.low, request.now));
  }

  private boolean taken(boolean taken) {
    if (!taken) {
      counters.drop(TurnDrop.SOURCE_LIMIT);
    }
    return taken;
  }
}
