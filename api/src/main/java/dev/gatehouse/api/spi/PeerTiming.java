package dev.gatehouse.api.spi;

import java.time.Duration;

/**
 * The times of one peer's connection (WireGuard paper, section 6.1). Both sides may have their own;
 * they work together as long as neither rejects what the other still sends.
 *
 * @param rekeyAfter age at which the side that began a session replaces it when it has data to send
 * @param rejectAfter age from which a session is not used for receiving any more
 * @param stopSendingAfter age from which a session is not used for sending any more; at most {@code
 *     rejectAfter}
 * @param keepalive silence after which received data is answered with a keepalive
 * @param rekeyTimeout time to the next attempt of a handshake without answer
 * @param rekeyAttempt how long such attempts go on
 * @param initiationDelay largest random delay before a handshake that this side begins by itself;
 *     zero for none
 * @param rekeyOnExpiry whether the side that began a session replaces it when it ends, data or not
 * @since 0.1.0
 */
public record PeerTiming(
    Duration rekeyAfter,
    Duration rejectAfter,
    Duration stopSendingAfter,
    Duration keepalive,
    Duration rekeyTimeout,
    Duration rekeyAttempt,
    Duration initiationDelay,
    boolean rekeyOnExpiry) {

  /** The paper's times. */
  public static final PeerTiming STANDARD =
      new PeerTiming(
          Duration.ofSeconds(120),
          Duration.ofSeconds(180),
          Duration.ofSeconds(180),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(90),
          Duration.ZERO,
          false);

  /** The times that Firezone's peers use on a connection whose path was found by ICE. */
  public static final PeerTiming FIREZONE_ICE =
      new PeerTiming(
          Duration.ofSeconds(120),
          Duration.ofSeconds(180),
          Duration.ofSeconds(170),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          Duration.ofMillis(333),
          true);

  /** The times that Firezone's peers use on a connection without ICE. */
  public static final PeerTiming FIREZONE_ICELESS =
      new PeerTiming(
          Duration.ofSeconds(120),
          Duration.ofSeconds(180),
          Duration.ofSeconds(170),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofSeconds(90),
          Duration.ofMillis(333),
          true);

  /** Checks that the times fit together. */
  public PeerTiming {
    boolean positive =
        rekeyAfter.isPositive()
            && stopSendingAfter.isPositive()
            && keepalive.isPositive()
            && rekeyTimeout.isPositive()
            && rekeyAttempt.compareTo(rekeyTimeout) >= 0
            && !initiationDelay.isNegative();
    boolean ordered =
        rekeyAfter.compareTo(stopSendingAfter) <= 0
            && stopSendingAfter.compareTo(rejectAfter) <= 0
            && keepalive.plus(rekeyTimeout).compareTo(rejectAfter) < 0
            && rejectAfter.compareTo(Duration.ofDays(1)) <= 0;
    if (!positive || !ordered) {
      throw new IllegalArgumentException("the times of a peer do not fit together");
    }
  }
}
