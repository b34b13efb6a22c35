package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One peer: its keys, its sessions and its timers. The timers are deadlines; {@link Timers} acts on
 * them.
 */
final class Peer {

  /** The deadline of a timer that does not run. */
  static final long NEVER = Long.MAX_VALUE;

  final int handle;
  final byte[] publicKey;
  final byte[] presharedKey;
  final byte[] staticStatic;
  final CookieJar cookies;
  final WaitingPackets waiting;
  Timing timing;
  @Nullable Path path;
  long persistentKeepalive;

  @Nullable Session previous;
  @Nullable Session current;
  @Nullable Session next;

  /** Pre-shared keys that were agreed on inside sessions. */
  final AgreedKeys agreed = new AgreedKeys();

  /** A handshake of ours that waits for its answer. */
  @Nullable NoiseHandshake pending;

  /** The agreed key that it named; 0 for none. */
  int pendingKey;

  int pendingIndex;
  int attempts;
  long lastInitiationSent;
  boolean lastMinuteHandshake;
  boolean anotherKeepalive;

  /** The stamp of the newest initiation taken from the peer, and when that was. */
  byte[] newestStamp = new byte[Tai64n.LENGTH];

  long lastInitiationTaken;

  long initiateAt = NEVER;
  long retryAt = NEVER;
  long keepaliveAt = NEVER;
  long newHandshakeAt = NEVER;
  long persistentAt = NEVER;
  long wipeAt = NEVER;
  long expiryAt = NEVER;

  boolean connected;
  long lastHeard;

  /** When the newest handshake was completed; negative for never. */
  long lastHandshake = -1;

  long receivedBytes;
  long sentBytes;

  long wakeAt = NEVER;
  int heapSlot = -1;

  /** Takes over the arrays, and overwrites the secret ones in the end. */
  Peer(
      int handle,
      byte[] publicKey,
      byte[] presharedKey,
      byte[] staticStatic,
      Timing timing,
      WaitingPackets.Room room) {
    this.handle = handle;
    this.publicKey = publicKey;
    this.presharedKey = presharedKey;
    this.staticStatic = staticStatic;
    this.timing = timing;
    cookies = new CookieJar(publicKey);
    waiting = new WaitingPackets(room);
    long longAgo = -timing.rekeyTimeout() - 1;
    lastInitiationSent = longAgo;
    lastInitiationTaken = longAgo;
  }

  /** The earliest deadline. */
  long deadline(long silentAfter) {
    long first = Math.min(Math.min(initiateAt, retryAt), Math.min(keepaliveAt, newHandshakeAt));
    first = Math.min(first, Math.min(Math.min(persistentAt, wipeAt), expiryAt));
    return connected ? Math.min(first, lastHeard + silentAfter) : first;
  }

  /** The session to send with; null if there is none that may be used. */
  @Nullable Session sendable(long nowNanos) {
    var session = current;
    return session != null && session.maySend(nowNanos) ? session : null;
  }

  /** Something with content was sent: an answer is expected before long. */
  void dataSent(long nowNanos, long jitter) {
    if (newHandshakeAt == NEVER) {
      newHandshakeAt = nowNanos + timing.keepalive() + timing.rekeyTimeout() + jitter;
    }
  }

  /** Something with content was received: it is to be answered before long, if only by nothing. */
  void dataReceived(long nowNanos) {
    if (keepaliveAt == NEVER) {
      keepaliveAt = nowNanos + timing.keepalive();
    } else {
      anotherKeepalive = true;
    }
  }

  /** Any authenticated packet was sent. */
  void authenticatedSent(long nowNanos) {
    keepaliveAt = NEVER;
    anotherKeepalive = false;
    traversed(nowNanos);
  }

  /** Any authenticated packet was received. */
  void authenticatedReceived(long nowNanos) {
    newHandshakeAt = NEVER;
    lastHeard = nowNanos;
    traversed(nowNanos);
  }

  private void traversed(long nowNanos) {
    if (persistentKeepalive > 0) {
      persistentAt = nowNanos + persistentKeepalive;
    }
  }

  /** A handshake was completed, from either side. */
  void handshakeComplete(long nowNanos) {
    retryAt = NEVER;
    initiateAt = NEVER;
    attempts = 0;
    lastMinuteHandshake = false;
    lastHandshake = nowNanos;
  }

  /** New keys exist: the old ones have until three lifetimes from now. */
  void sessionDerived(long nowNanos) {
    wipeAt = nowNanos + timing.wipeAfter();
    expiryAt = timing.rekeyOnExpiry() ? nowNanos + timing.rejectAfter() : NEVER;
  }

  /** The same peer before its pre-shared key changed: what was known of it beside the keys. */
  void takeOver(Peer before) {
    path = before.path;
    newestStamp = before.newestStamp;
    lastHandshake = before.lastHandshake;
    receivedBytes = before.receivedBytes;
    sentBytes = before.sentBytes;
  }

  /** Overwrites what is secret and lasts. */
  void clear() {
    Arrays.fill(presharedKey, (byte) 0);
    agreed.clear();
    Arrays.fill(staticStatic, (byte) 0);
    waiting.clear();
  }
}
