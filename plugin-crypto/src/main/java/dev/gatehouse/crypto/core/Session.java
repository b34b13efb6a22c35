package dev.gatehouse.crypto.core;

/** The keys that one handshake gave, with what was sent and received under them. */
final class Session {

  final Peer peer;
  final int localIndex;
  final int remoteIndex;
  final boolean initiator;
  final long createdAt;
  final AeadKey sealing;
  final AeadKey opening;
  final ReplayWindow window = new ReplayWindow();

  /** Whether the handshake used a key that was agreed on inside an earlier session. */
  boolean withAgreedKey;

  /** The counter of the next packet, unsigned. */
  long nextCounter;

  Session(
      Peer peer,
      int localIndex,
      int remoteIndex,
      boolean initiator,
      long createdAt,
      AeadKey sealing,
      AeadKey opening) {
    this.peer = peer;
    this.localIndex = localIndex;
    this.remoteIndex = remoteIndex;
    this.initiator = initiator;
    this.createdAt = createdAt;
    this.sealing = sealing;
    this.opening = opening;
  }

  long age(long nowNanos) {
    return nowNanos - createdAt;
  }

  /** Whether packets may be sent with it. */
  boolean maySend(long nowNanos) {
    return age(nowNanos) < peer.timing.stopSendingAfter() && hasCountersFor(1);
  }

  /** Whether so many packets may be sent before the counter reaches its limit. */
  boolean hasCountersFor(int packets) {
    return Long.compareUnsigned(nextCounter, Timing.REJECT_AFTER_MESSAGES - packets) <= 0;
  }

  /** Whether so many packets were sent that a new session is due. */
  boolean isWorn() {
    return Long.compareUnsigned(nextCounter, Timing.REKEY_AFTER_MESSAGES) > 0;
  }

  /** Whether packets may be received with it. */
  boolean mayReceive(long nowNanos) {
    return age(nowNanos) < peer.timing.rejectAfter();
  }

  void close() {
    sealing.close();
    opening.close();
  }
}
