package dev.gatehouse.crypto.core;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.packet.DropReason;

/** Acts on deadlines that have come (WireGuard paper, section 6). */
final class Timers {

  private final Hub hub;
  private final Handshakes handshakes;
  private final Outbound outbound;

  Timers(Hub hub, Handshakes handshakes, Outbound outbound) {
    this.hub = hub;
    this.handshakes = handshakes;
    this.outbound = outbound;
  }

  void run(long nowNanos) {
    for (var peer = hub.timers.poll(nowNanos); peer != null; peer = hub.timers.poll(nowNanos)) {
      fire(peer, nowNanos);
      hub.schedule(peer);
    }
  }

  private void fire(Peer peer, long now) {
    if (peer.connected && now - peer.lastHeard >= hub.silentAfter) {
      hub.disconnect(peer, DisconnectReason.SILENT);
    }
    if (peer.wipeAt <= now) {
      wipe(peer);
    }
    if (peer.retryAt <= now) {
      peer.retryAt = Peer.NEVER;
      retry(peer, now);
    }
    if (peer.keepaliveAt <= now) {
      boolean another = peer.anotherKeepalive;
      peer.keepaliveAt = Peer.NEVER;
      peer.anotherKeepalive = false;
      outbound.keepalive(peer, now);
      if (another) {
        peer.keepaliveAt = now + peer.timing.keepalive();
      }
    }
    if (peer.newHandshakeAt <= now) {
      peer.newHandshakeAt = Peer.NEVER;
      handshakes.want(peer, now);
    }
    if (peer.persistentAt <= now) {
      peer.persistentAt = now + peer.persistentKeepalive;
      outbound.keepalive(peer, now);
    }
    if (peer.expiryAt <= now) {
      peer.expiryAt = Peer.NEVER;
      var session = peer.current;
      if (session != null && session.initiator) {
        handshakes.want(peer, now);
      }
    }
    if (peer.initiateAt <= now) {
      peer.initiateAt = Peer.NEVER;
      handshakes.initiate(peer, now);
    }
  }

  private void retry(Peer peer, long now) {
    if (peer.attempts < peer.timing.attempts()) {
      peer.attempts++;
      handshakes.initiate(peer, now);
      return;
    }
    hub.endPending(peer);
    peer.keepaliveAt = Peer.NEVER;
    hub.drops.count(DropReason.NO_SESSION, peer.waiting.clear());
    if (peer.wipeAt == Peer.NEVER) {
      peer.wipeAt = now + peer.timing.wipeAfter();
    }
  }

  /** Too long without new keys: the old ones are overwritten, and the connection is over. */
  private void wipe(Peer peer) {
    peer.wipeAt = Peer.NEVER;
    peer.retryAt = Peer.NEVER;
    peer.keepaliveAt = Peer.NEVER;
    peer.newHandshakeAt = Peer.NEVER;
    peer.initiateAt = Peer.NEVER;
    hub.endSessions(peer);
    hub.disconnect(peer, DisconnectReason.SESSION_EXPIRED);
  }
}
