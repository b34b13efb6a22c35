package dev.gatehouse.relay.core.turn;

/** Why a datagram went nowhere. */
public enum TurnDrop {
  /** Neither STUN nor ChannelData, or a broken one of them. */
  MALFORMED,
  /** A STUN response, or an indication that is not Send. */
  UNEXPECTED,
  /** From a source nothing is answered to: port 0, a reflecting service, an address of our own. */
  BAD_SOURCE,
  /** An unauthenticated sender asked too often. */
  SOURCE_LIMIT,
  /** The answer would have been too long for the question. */
  AMPLIFICATION,
  /** An allocation sent more requests than it may. */
  REQUEST_LIMIT,
  /** ChannelData on a channel that is not bound, or an indication without an allocation. */
  UNKNOWN_CHANNEL,
  /** A peer without permission. */
  NO_PERMISSION,
  /** A peer the policy denies. */
  DENIED_PEER,
  /** Above the bandwidth of the user or of the relay. */
  BANDWIDTH,
  /** To a relayed address of this relay that nobody holds. */
  NO_SUCH_RELAY;

  private static final TurnDrop[] ALL = values();

  /** How many there are. */
  static int count() {
    return ALL.length;
  }
}
