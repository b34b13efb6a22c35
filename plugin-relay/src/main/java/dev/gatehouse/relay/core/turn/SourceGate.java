package dev.gatehouse.relay.core.turn;

/** Bounds what strangers cost: per prefix, and all together. One thread. */
final class SourceGate {

  private static final int BURST = 4;

  private final SourceLimiter bindings;
  private final SourceLimiter challenges;
  private final TurnCounters counters;
  private final int totalPerSecond;
  private Rate total;

  SourceGate(TurnSettings.SourceLimits limits, long seed, TurnCounters counters) {
    bindings =
        new SourceLimiter(seed, limits.bindingsPerSecond(), BURST * limits.bindingsPerSecond());
    challenges =
        new SourceLimiter(
            ~seed, limits.challengesPerSecond(), BURST * limits.challengesPerSecond());
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

  /** Whether another unauthenticated request may be answered; counted if not. */
  boolean takeChallenge(Request request) {
    return taken(
        challenges.take(request.high, request.low, request.now) && total.take(1, request.now));
  }

  /** Whether {@link #takeChallenge} would find a token of the prefix. */
  boolean hasChallenge(Request request) {
    return challenges.has(request.high, request.low, request.now);
  }

  private boolean taken(boolean taken) {
    if (!taken) {
      counters.drop(TurnDrop.SOURCE_LIMIT);
    }
    return taken;
  }
}
