package dev.gatehouse.launcher.shard;

/**
 * Whether looking again beats sleeping. It does while work follows work within a short window most
 * of the time and each piece is small, as with requests and their answers. Large pieces come from
 * bulk transfers, which gain nothing by it and only pay for it. And nobody else must want the
 * processor: a loop that was kept from running while it had nothing to do takes time away from
 * someone, and gives way for a while.
 *
 * <p>Work that comes a little after the window says neither one nor the other: in a conversation
 * the two gaps of a turn differ, and the longer one shrinks once the ends of the shorter one are
 * awake. What comes much later is what sleeping is for.
 *
 * <p>Knows no clock; one thread.
 */
final class SpinPolicy {

  /** The score from which looking again is worth it; each timely piece of work adds one. */
  static final int ENOUGH = 8;

  /** What work that came much too late takes away. */
  static final int LATE = 4;

  /** How many windows after the last work it is much too late. */
  static final int MUCH = 4;

  /**
   * Work that took longer than this is bulk, which takes one away. One packet from the device to
   * the network or back, with the wake-up at its end, takes up to 25 µs on a slow virtual machine;
   * a super-packet takes 50 µs on a fast one.
   */
  static final long BULK_NANOS = 40_000;

  private static final int MOST = 16;
  private static final long GIVE_WAY_NANOS = 50_000_000;

  private final long windowNanos;
  private long lastWork;
  private long lastLook;
  private long givingWayUntil;
  private int score;

  /**
   * A policy that has seen nothing.
   *
   * @param windowNanos how long to look for more after work
   */
  SpinPolicy(long windowNanos, long nowNanos) {
    this.windowNanos = windowNanos;
    this.lastWork = nowNanos - MUCH * windowNanos;
    this.givingWayUntil = nowNanos;
  }

  /**
   * There was work; true if the loop should now look for more rather than sleep.
   *
   * @param fromNanos when it began
   * @param nowNanos when it ended
   */
  boolean worked(long fromNanos, long nowNanos) {
    long gap = fromNanos - lastWork;
    if (gap >= MUCH * windowNanos) {
      score = Math.max(0, score - LATE);
    } else if (nowNanos - fromNanos > BULK_NANOS) {
      score = Math.max(0, score - 1);
    } else if (gap < windowNanos) {
      score = Math.min(MOST, score + 1);
    }
    lastWork = nowNanos;
    lastLook = nowNanos;
    return score >= ENOUGH && nowNanos - givingWayUntil >= 0;
  }

  /** There was nothing; true if the loop should look once more. */
  boolean lookAgain(long nowNanos) {
    boolean keptFromRunning = nowNanos - lastLook > windowNanos;
    lastLook = nowNanos;
    if (keptFromRunning) {
      givingWayUntil = nowNanos + GIVE_WAY_NANOS;
      return false;
    }
    return nowNanos - lastWork < windowNanos;
  }
}
