package dev.gatehouse.api.packet;

/**
 * Why a packet went no further. The label is part of the metrics and does not change.
 *
 * @since 0.1.0
 */
public enum DropReason {
  /** Not a well-formed packet or message of its protocol. */
  MALFORMED("malformed"),
  /** A fragment where fragments are not carried. */
  FRAGMENT("fragment"),
  /** Larger than the next hop carries. */
  TOO_BIG("too_big"),
  /** No peer has the destination address. */
  NO_PEER("no_peer"),
  /** The peer has no session and none can be made in time. */
  NO_SESSION("no_session"),
  /** Under a session that is too old to be used. */
  SESSION_TOO_OLD("session_too_old"),
  /** Addressed to a receiver index that no session has. */
  UNKNOWN_RECEIVER("unknown_receiver"),
  /** A handshake message that proves nothing: wrong MAC, unknown key, old timestamp. */
  HANDSHAKE_REJECTED("handshake_rejected"),
  /** The authentication tag is wrong. */
  FORGED("forged"),
  /** Seen before, or too old to tell. */
  REPLAYED("replayed"),
  /** Marked by a congested router on the way, and not able to carry the mark on (RFC 6040). */
  CONGESTION("congestion"),
  /** The inner source address is not the sender's. */
  SPOOFED_SOURCE("spoofed_source"),
  /** No authorization, or no filter of it, allows the packet. */
  NOT_ALLOWED("not_allowed"),
  /** Multicast or broadcast, which is not carried. */
  MULTICAST("multicast"),
  /** An ICMP error from a client, which is never forwarded. */
  ICMP_ERROR("icmp_error"),
  /** Allowed, but the destination cannot be reached from here. */
  UNREACHABLE("unreachable"),
  /** Over a rate limit. */
  RATE_LIMITED("rate_limited"),
  /** The next lane was full. */
  LANE_FULL("lane_full"),
  /** No free batch. */
  POOL_EMPTY("pool_empty"),
  /** The network refused to send it. */
  SEND_FAILED("send_failed"),
  /** The TUN device refused to take it. */
  DEVICE_FAILED("device_failed"),
  /** The gateway is shutting down. */
  STOPPING("stopping");

  private final String label;

  DropReason(String label) {
    this.label = label;
  }

  /** The name used in metrics and status. */
  public String label() {
    return label;
  }
}
