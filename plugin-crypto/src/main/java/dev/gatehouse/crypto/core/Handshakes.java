package dev.gatehouse.crypto.core;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.Path;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** Begins, answers and completes handshakes, and keeps strangers from making that expensive. */
final class Handshakes {

  /** The least time between two initiations of one peer that are answered. */
  private static final long INITIATION_GAP = 20_000_000L;

  /** Cookie replies a second; strangers beyond them are met with silence. */
  private static final int COOKIES_PER_SECOND = 5_000;

  private static final byte[] NOTHING = new byte[0];

  private final Hub hub;
  private final Outbound outbound;
  private final CookieChecker checker;
  private final LoadMeter load;
  private final TokenBucket cookieReplies = new TokenBucket(COOKIES_PER_SECOND);
  private final HandshakeLimiter limiter;
  private final AtomicLong completed = new AtomicLong();
  private final byte[] message = new byte[Messages.INITIATION_LENGTH];

  Handshakes(Hub hub, Outbound outbound, int perSecond) {
    this.hub = hub;
    this.outbound = outbound;
    checker = new CookieChecker(hub.identity.publicKey(), hub.random);
    load = new LoadMeter(perSecond);
    limiter = new HandshakeLimiter(hub.random.nextLong());
  }

  /** How many messages a second are answered without question from now on. */
  void perSecond(int messages) {
    load.perSecond(messages);
  }

  long completed() {
    return completed.get();
  }

  /** Takes any message but transport data, in borrowed memory. */
  void receive(MemorySegment slab, long offset, int length, Path from, long now) {
    int type = length < 4 ? 0 : Octets.u32le(slab, offset);
    int expected =
        switch (type) {
          case Messages.INITIATION -> Messages.INITIATION_LENGTH;
          case Messages.RESPONSE -> Messages.RESPONSE_LENGTH;
          case Messages.COOKIE -> Messages.COOKIE_LENGTH;
          default -> -1;
        };
    if (length != expected) {
      drop(DropReason.MALFORMED);
      return;
    }
    MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, message, 0, length);
    switch (type) {
      case Messages.INITIATION -> {
        if (checker.mac1Matches(message, length)) {
          initiation(length, from, now);
        } else {
          drop(DropReason.HANDSHAKE_REJECTED);
        }
      }
      case Messages.RESPONSE -> response(length, from, now);
      default -> cookie(now);
    }
  }

  private void drop(DropReason reason) {
    hub.drops.count(reason, 1);
  }

  /** Whether the message in {@link #message} may cost us the effort of curve arithmetic. */
  private boolean mayProceed(int length, Path from, long now) {
    if (!load.count(now)) {
      return true;
    }
    if (!checker.mac2Matches(message, length, from.remote(), now)) {
      if (cookieReplies.take(now)) {
        send(checker.reply(message, length, from.remote(), now), from);
      }
      drop(DropReason.RATE_LIMITED);
      return false;
    }
    if (!limiter.allow(from.remote().address(), now)) {
      drop(DropReason.RATE_LIMITED);
      return false;
    }
    return true;
  }

  private void initiation(int length, Path from, long now) {
    if (!mayProceed(length, from, now)) {
      return;
    }
    var ephemeral = Curve25519.generatePrivateKey(hub.random);
    try (var noise = NoiseHandshake.responder(hub.identity, Messages.PROLOGUE, ephemeral)) {
      var claimed = noise.readInitiator(part(8, 32), part(40, 48));
      var peer = claimed == null ? null : hub.byKey.get(PublicKey.of(claimed));
      var stamp = peer == null ? null : noise.readPayload(peer.staticStatic, part(88, 28));
      if (peer == null || stamp == null || !Tai64n.isAfter(stamp, peer.newestStamp)) {
        drop(DropReason.HANDSHAKE_REJECTED);
      } else if (now - peer.lastInitiationTaken < INITIATION_GAP) {
        drop(DropReason.RATE_LIMITED);
      } else {
        peer.newestStamp = stamp;
        peer.lastInitiationTaken = now;
        hub.listener.initiationTaken(peer.handle, stamp);
        answer(noise, peer, Tai64n.annotation(stamp), from, now);
      }
    }
  }

  /** Answers; the initiator named an agreed key that it would like to use, or none. */
  private void answer(NoiseHandshake noise, Peer peer, int named, Path from, long now) {
    int remoteIndex = number(4);
    var agreed = peer.agreed.find(named);
    var response = noise.writeResponse(agreed == null ? peer.presharedKey : agreed, NOTHING);
    if (response == null) {
      drop(DropReason.HANDSHAKE_REJECTED);
      return;
    }
    var receiver = new Receiver(peer);
    int index = hub.register(receiver);
    var keys = noise.split();
    receiver.session = session(peer, index, remoteIndex, false, keys, now);
    receiver.session.withAgreedKey = agreed != null;
    if (peer.next != null) {
      hub.end(peer.next);
    }
    peer.next = receiver.session;
    hub.cameBy(peer, from);
    peer.sessionDerived(now);
    peer.authenticatedReceived(now);
    peer.authenticatedSent(now);
    var out =
        little(Messages.RESPONSE_LENGTH, Messages.RESPONSE)
            .putInt(index)
            .putInt(remoteIndex)
            .put(response)
            .array();
    peer.cookies.addMacs(out, now);
    peer.sentBytes += out.length;
    peer.receivedBytes += Messages.INITIATION_LENGTH;
    send(out, from);
    hub.schedule(peer);
  }

  private void response(int length, Path from, long now) {
    var receiver = hub.receivers.get(number(8));
    var noise = receiver == null ? null : receiver.peer.pending;
    if (receiver == null || noise == null || receiver.session != null) {
      drop(DropReason.UNKNOWN_RECEIVER);
      return;
    }
    if (!checker.mac1Matches(message, length)) {
      drop(DropReason.HANDSHAKE_REJECTED);
      return;
    }
    if (!mayProceed(length, from, now)) {
      return;
    }
    var peer = receiver.peer;
    // The other side may have forgotten the key that was named: then it used the configured one.
    var agreed = peer.agreed.find(peer.pendingKey);
    var payload = agreed == null ? null : noise.readResponse(agreed, part(12, 32), part(44, 16));
    boolean withAgreed = payload != null;
    if (payload == null) {
      payload = noise.readResponse(peer.presharedKey, part(12, 32), part(44, 16));
    }
    if (payload == null) {
      drop(DropReason.HANDSHAKE_REJECTED);
      return;
    }
    var session = session(peer, peer.pendingIndex, number(4), true, noise.split(), now);
    receiver.session = session;
    session.withAgreedKey = withAgreed;
    noise.close();
    peer.pending = null;
    peer.receivedBytes += Messages.RESPONSE_LENGTH;
    install(peer, session);
    peer.handshakeComplete(now);
    peer.sessionDerived(now);
    peer.authenticatedReceived(now);
    completed.lazySet(completed.get() + 1);
    hub.cameBy(peer, from);
    hub.connect(peer, from);
    outbound.sessionReady(peer, true, now);
    hub.listener.sessionBegan(peer.handle, true, withAgreed);
    hub.schedule(peer);
  }

  /** A session of ours as initiator: the other side has it already, so it is used at once. */
  private void install(Peer peer, Session session) {
    if (peer.previous != null) {
      hub.end(peer.previous);
    }
    if (peer.next != null) {
      peer.previous = peer.next;
      peer.next = null;
      if (peer.current != null) {
        hub.end(peer.current);
      }
    } else {
      peer.previous = peer.current;
    }
    peer.current = session;
  }

  /** The first packet under a session we answered with: now the other side has it, too. */
  void confirm(Peer peer, Path from, long now) {
    if (peer.previous != null) {
      hub.end(peer.previous);
    }
    peer.previous = peer.current;
    peer.current = peer.next;
    peer.next = null;
    peer.handshakeComplete(now);
    completed.lazySet(completed.get() + 1);
    hub.cameBy(peer, from);
    outbound.sessionReady(peer, false, now);
    var session = peer.current;
    hub.listener.sessionBegan(peer.handle, false, session != null && session.withAgreedKey);
  }

  private Session session(
      Peer peer, int index, int remoteIndex, boolean initiator, byte[][] keys, long now) {
    var sealing = hub.engine.sealingKey(keys[initiator ? 0 : 1]);
    var opening = hub.engine.openingKey(keys[initiator ? 1 : 0]);
    Arrays.fill(keys[0], (byte) 0);
    Arrays.fill(keys[1], (byte) 0);
    return new Session(peer, index, remoteIndex, initiator, now, sealing, opening);
  }

  private void cookie(long now) {
    var receiver = hub.receivers.get(number(4));
    if (receiver == null) {
      drop(DropReason.UNKNOWN_RECEIVER);
    } else if (!receiver.peer.cookies.accept(part(0, Messages.COOKIE_LENGTH), now)) {
      drop(DropReason.HANDSHAKE_REJECTED);
    }
  }

  /** Something made a new session desirable; begins a handshake unless one is under way. */
  void want(Peer peer, long now) {
    if (peer.path == null || now - peer.lastInitiationSent < peer.timing.rekeyTimeout()) {
      return;
    }
    peer.attempts = 0;
    if (peer.timing.initiationDelay() == 0) {
      initiate(peer, now);
    } else if (peer.initiateAt == Peer.NEVER) {
      peer.initiateAt = now + hub.jitter(peer.timing.initiationDelay());
      hub.schedule(peer);
    }
  }

  /** Sends an initiation, whatever became of the one before. */
  void initiate(Peer peer, long now) {
    var path = peer.path;
    if (path == null) {
      return;
    }
    hub.endPending(peer);
    peer.lastInitiationSent = now;
    peer.initiateAt = Peer.NEVER;
    peer.retryAt = now + peer.timing.rekeyTimeout() + hub.jitter(peer.timing.jitter());
    var ephemeral = Curve25519.generatePrivateKey(hub.random);
    var noise =
        NoiseHandshake.initiator(hub.identity, Messages.PROLOGUE, peer.publicKey, ephemeral);
    var stamp = hub.stamps.next();
    peer.pendingKey = peer.agreed.newestId();
    Tai64n.annotate(stamp, peer.pendingKey);
    var initiation = noise.writeInitiation(peer.staticStatic, stamp);
    if (initiation == null) {
      noise.close();
      return;
    }
    peer.pending = noise;
    peer.pendingIndex = hub.register(new Receiver(peer));
    var out =
        little(Messages.INITIATION_LENGTH, Messages.INITIATION)
            .putInt(peer.pendingIndex)
            .put(initiation)
            .array();
    peer.cookies.addMacs(out, now);
    peer.sentBytes += out.length;
    peer.authenticatedSent(now);
    send(out, path);
    hub.schedule(peer);
  }

  private void send(byte[] datagram, Path to) {
    int at = hub.writer.room(to, 0, datagram.length, 0);
    if (at < 0) {
      drop(DropReason.POOL_EMPTY);
      return;
    }
    MemorySegment.copy(datagram, 0, hub.writer.slab(), ValueLayout.JAVA_BYTE, at, datagram.length);
    hub.writer.written(datagram.length);
  }

  private byte[] part(int offset, int length) {
    return Arrays.copyOfRange(message, offset, offset + length);
  }

  private int number(int offset) {
    return ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
  }

  private static ByteBuffer little(int length, int type) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(type);
  }

  void close() {
    checker.clear();
  }
}
