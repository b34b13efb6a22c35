package dev.gatehouse.relay.core.turn;

import org.jspecify.annotations.Nullable;

/** A channel: a number between client and relay that stands for one peer (RFC 8656, section 12). */
public final class Channel {

  final Allocation allocation;
  final int number;
  private final int relay;
  private final long peerHigh;
  private final long peerLow;
  private final int peerPort;

  /** Whether the peer is behind this relay, too. */
  final boolean inside;

  /** When data stops flowing, in nanoseconds. */
  long boundUntil;

  /** When number and peer may be bound anew, in nanoseconds. */
  long keptUntil;

  /** What the shell wants to keep with a channel, such as a prepared socket address of the peer. */
  public @Nullable Object attachment;

  Channel(
      Allocation allocation,
      int number,
      int relay,
      long peerHigh,
      long peerLow,
      int peerPort,
      boolean inside) {
    this.allocation = allocation;
    this.number = number;
    this.relay = relay;
    this.peerHigh = peerHigh;
    this.peerLow = peerLow;
    this.peerPort = peerPort;
    this.inside = inside;
  }

  /** The client that bound it. */
  public TurnClient client() {
    return allocation.client;
  }

  /** The channel number. */
  public int number() {
    return number;
  }

  /** The handle of the relayed socket that speaks to the peer. */
  public int relay() {
    return relay;
  }

  /** The upper half of the peer's address, as in {@link TurnClient#high()}. */
  public long peerHigh() {
    return peerHigh;
  }

  /** The lower half of the peer's address. */
  public long peerLow() {
    return peerLow;
  }

  /** The peer's port. */
  public int peerPort() {
    return peerPort;
  }
}
