package dev.gatehouse.tun.windows.core;

/**
 * What to do about a session that has ended by itself. A corrupt ring gets a new session at once;
 * whatever does not help for long gets a new adapter, after pauses that grow from one second to
 * half a minute. One thread.
 */
public final class Recovery {

  /** What to open again. */
  public enum Means {
    /** A session on the same adapter. */
    NEW_SESSION,
    /** The adapter, and a session on it. */
    NEW_ADAPTER
  }

  /**
   * The next attempt.
   *
   * @param pauseNanos how long to wait before it
   */
  public record Attempt(Means means, long pauseNanos) {}

  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_PAUSE = SECOND;
  private static final long LONGEST_PAUSE = 30 * SECOND;
  private static final long GOOD_AFTER = 60 * SECOND;

  private long openedAt;
  private long pause = FIRST_PAUSE;
  private boolean renewed;

  /** For a session that is opened now. */
  public Recovery(long nowNanos) {
    openedAt = nowNanos;
  }

  /**
   * A session has ended, or an attempt has failed.
   *
   * @param corrupt whether the ring was corrupt, rather than the adapter gone
   */
  public Attempt next(boolean corrupt, long nowNanos) {
    if (nowNanos - openedAt >= GOOD_AFTER) {
      pause = FIRST_PAUSE;
      renewed = false;
    }
    if (corrupt && !renewed) {
      renewed = true;
      return new Attempt(Means.NEW_SESSION, 0);
    }
    var attempt = new Attempt(Means.NEW_ADAPTER, pause);
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
    return attempt;
  }

  /** An attempt has succeeded. */
  public void opened(long nowNanos) {
    openedAt = nowNanos;
  }
}
