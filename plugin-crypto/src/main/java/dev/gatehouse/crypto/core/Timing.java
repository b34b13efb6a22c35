package dev.gatehouse.crypto.core;

import java.time.Duration;

/**
 * The times of one connection (WireGuard paper, section 6.1), all in nanoseconds.
 *
 * @param rekeyAfter age at which the side that began a session replaces it when it has data to send
 * @param rejectAfter age from which a session is not used for receiving any more
 * @param stopSendingAfter age from which a session is not used for sending any more; at most {@code
 *     rejectAfter}
 * @param keepalive silence after which received data is answered with a keepalive
 * @param rekeyTimeout time to the next attempt of a handshake without answer
 * @param rekeyAttempt how long such attempts go on
 * @param jitter largest random addition to the time between attempts
 * @param initiationDelay largest random delay before a handshake that this side begins by itself;
 *     zero for none
 * @param rekeyOnExpiry whether the side that began a session replaces it when it ends, data or not
 */
public record Timing(
    long rekeyAfter,
    long rejectAfter,
    long stopSendingAfter,
    long keepalive,
    long rekeyTimeout,
    long rekeyAttempt,
    long jitter,
    long initiationDelay,
    boolean rekeyOnExpiry) {

  /** A session is replaced after this many packets. */
  static final long REKEY_AFTER_MESSAGES = 1L << 60;

  /** Packets from this counter on are neither sent nor taken: 2^64 - 2^13 - 1, unsigned. */
  static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

  /** The paper's times. */
  public static final Timing STANDARD =
      new Timing(
          seconds(120),
          seconds(180),
          seconds(180),
          seconds(10),
          seconds(5),
          seconds(90),
          Duration.ofMillis(333).toNanos(),
          0,
          false);

  /** The times that Firezone's peers use on a connection made by ICE. */
  public static final Timing FIREZONE =
      new Timing(
          seconds(120),
          seconds(180),
          seconds(170),
          seconds(10),
          seconds(5),
          seconds(20),
          Duration.ofMillis(333).toNanos(),
          Duration.ofMillis(333).toNanos(),
          true);

  /** The age at which received data makes the side that began a session replace it. */
  long rekeyOnReceive() {
    return rejectAfter - keepalive - rekeyTimeout;
  }

  /** How long without a new session all keys are kept. */
  long wipeAfter() {
    return 3 * rejectAfter;
  }

  /** How often a handshake is tried. */
  int attempts() {
    return (int) Math.max(1, rekeyAttempt / rekeyTimeout);
  }

  private static long seconds(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
