package dev.gatehouse.gateway.core;

import dev.gatehouse.api.packet.DropReason;
import org.jspecify.annotations.Nullable;

/** What becomes of a packet, and why. */
public enum Verdict {
  /** It goes on. */
  ALLOWED(null, Reply.NONE, "allowed"),
  /** It is not a well-formed packet. */
  MALFORMED(DropReason.MALFORMED, Reply.NONE, "malformed"),
  /** It is addressed to a group, or to everyone. */
  MULTICAST(DropReason.MULTICAST, Reply.NONE, "multicast"),
  /** It comes from, or goes to, nobody the policy knows. */
  NO_PEER(DropReason.NO_PEER, Reply.NONE, "no-peer"),
  /** It is a control message of a kind this gateway does not understand. */
  CONTROL(DropReason.NOT_ALLOWED, Reply.NONE, "control-message"),
  /** It is an ICMP error sent by a client. */
  ICMP_ERROR(DropReason.ICMP_ERROR, Reply.NONE, "icmp-error"),
  /** It is an ICMP error about a packet the client did not send. */
  FOREIGN_ICMP_ERROR(DropReason.NOT_ALLOWED, Reply.NONE, "foreign-icmp-error"),
  /** Its source is not an address of its sender. */
  SPOOFED(DropReason.SPOOFED_SOURCE, Reply.PROHIBITED, "spoofed-source"),
  /** It asks to be carried on past the destination that was checked. */
  SOURCE_ROUTED(DropReason.NOT_ALLOWED, Reply.PROHIBITED, "source-routed"),
  /** It is addressed to another client, or to an unused address of the tunnel. */
  OTHER_PEER(DropReason.NOT_ALLOWED, Reply.PROHIBITED, "other-peer"),
  /** No authorization covers the address. */
  NO_GRANT(DropReason.NOT_ALLOWED, Reply.PROHIBITED, "no-authorization"),
  /** An authorization covers the address, but its filters do not permit the packet. */
  FILTERED(DropReason.NOT_ALLOWED, Reply.PROHIBITED, "filtered"),
  /** A fragment without its transport header met a filter, which cannot judge it. */
  FRAGMENT(DropReason.FRAGMENT, Reply.NONE, "fragment"),
  /** The store has not been heard of for longer than the partition budget. */
  PARTITIONED(DropReason.NOT_ALLOWED, Reply.PROHIBITED, "store-unreachable"),
  /** It went to a proxy address, but is neither TCP nor UDP nor an echo request. */
  UNTRANSLATABLE(DropReason.NOT_ALLOWED, Reply.NONE, "untranslatable"),
  /** The client has too many translated sessions, or no port is left for one more. */
  TOO_MANY_SESSIONS(DropReason.RATE_LIMITED, Reply.NONE, "too-many-sessions"),
  /** It belongs to a translated session that has ended. */
  EXPIRED_SESSION(DropReason.NOT_ALLOWED, Reply.NONE, "expired-session"),
  /** The name has no such address, or the internet resource does not reach that network. */
  UNREACHABLE(DropReason.UNREACHABLE, Reply.UNREACHABLE, "unreachable");

  /** The ICMP error that answers a refused packet of a client. */
  public enum Reply {
    /** None. */
    NONE,
    /** Communication administratively prohibited. */
    PROHIBITED,
    /** Network, or address, unreachable. */
    UNREACHABLE
  }

  private final @Nullable DropReason reason;
  private final Reply reply;
  private final String label;

  Verdict(@Nullable DropReason reason, Reply reply, String label) {
    this.reason = reason;
    this.reply = reply;
    this.label = label;
  }

  /** The reason to count; null if the packet goes on. */
  public @Nullable DropReason reason() {
    return reason;
  }

  /** The ICMP error that answers it, if it came from a client. */
  public Reply reply() {
    return reply;
  }

  /** The name used in status. */
  public String label() {
    return label;
  }
}
