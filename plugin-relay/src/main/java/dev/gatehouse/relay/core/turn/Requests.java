package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Embedded;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import org.jspecify.annotations.Nullable;

/** Answers requests about an allocation that exists; a new one is {@link Allocates}' matter. */
final class Requests {

  private static final long SECOND = 1_000_000_000L;
  private static final int NARROW_LAST = 0x4fff;
  private static final int WIDE_LAST = 0x7fff;
  private static final int FIRST = 0x4000;
  private static final int NO_PORT = -1;

  private final TurnGroup group;
  private final TurnSettings settings;
  private final Relays relays;
  private final Answers answers;
  private final Authenticator authenticator;
  private final Allocates allocates;
  private final SourceGate gate;
  private final TurnCounters counters;

  private int permissions;

  Requests(
      TurnGroup group,
      Relays relays,
      Answers answers,
      Authenticator authenticator,
      Allocates allocates,
      SourceGate gate,
      TurnCounters counters) {
    this.group = group;
    settings = group.settings();
    this.relays = relays;
    this.answers = answers;
    this.authenticator = authenticator;
    this.allocates = allocates;
    this.gate = gate;
    this.counters = counters;
  }

  /** Answers a request that could be read, well formed or not. */
  void handle(Request request, boolean wellFormed) {
    switch (request.message.method()) {
      case Stun.BINDING -> binding(request, wellFormed);
      case Stun.ALLOCATE, Stun.REFRESH, Stun.CREATE_PERMISSION, Stun.CHANNEL_BIND ->
          authenticated(request, wellFormed);
      default -> {
        if (gate.takeChallenge(request)) {
          answers.refuse(request, 400, null);
        }
      }
    }
  }

  private void binding(Request request, boolean wellFormed) {
    if (!gate.takeBinding(request)) {
      return;
    }
    if (!wellFormed) {
      answers.refuse(request, 400, null);
    } else if (request.message.hasUnknown()) {
      answers.refuse(request, 420, null);
    } else {
      answers.bound(request);
    }
  }

  private void authenticated(Request request, boolean wellFormed) {
    var allocation =
        relays.find(request.high, request.low, request.port, request.link, request.now);
    var grant = authenticator.authenticate(request, wellFormed, allocation);
    if (grant == null || answers.again(request)) {
      return;
    }
    if (request.message.hasUnknown()) {
      answers.error(request, grant, 420);
    } else if (request.message.method() == Stun.ALLOCATE) {
      allocates.handle(request, grant, allocation);
    } else if (allocation == null || allocation.opening != null) {
      answers.error(request, grant, 437);
    } else if (!allocation.grant.sameAs(grant)) {
      answers.error(request, grant, 441);
    } else if (!allocation.requests.take(1, request.now)) {
      counters.drop(TurnDrop.REQUEST_LIMIT);
    } else {
      changed(request, grant, allocation);
    }
  }

  private void changed(Request request, Grant grant, Allocation allocation) {
    switch (request.message.method()) {
      case Stun.REFRESH -> refresh(request, grant, allocation);
      case Stun.CREATE_PERMISSION -> createPermission(request, grant, allocation);
      default -> bindChannel(request, grant, allocation);
    }
  }

  private void success(Request request, Grant grant) {
    answers.begin(request, Stun.SUCCESS);
    answers.signed(request, grant, 0);
  }

  private void refresh(Request request, Grant grant, Allocation allocation) {
    var message = request.message;
    boolean one = message.has(Stun.REQUESTED_ADDRESS_FAMILY);
    boolean v6 = one && message.u8(Stun.REQUESTED_ADDRESS_FAMILY) == Stun.IPV6;
    if (one && !hasFamily(allocation, message.u8(Stun.REQUESTED_ADDRESS_FAMILY))) {
      answers.error(request, grant, 443);
      return;
    }
    boolean end = message.has(Stun.LIFETIME) && message.firstU32(Stun.LIFETIME) == 0;
    int lifetime = end ? 0 : AllocateWish.lifetime(message, settings.lifetimes());
    if (end) {
      if (one && allocation.families == (AllocateWish.V4 | AllocateWish.V6)) {
        relays.endFamily(allocation, v6);
      } else {
        relays.end(allocation, request.now);
      }
    } else {
      allocation.expiresAt = request.now + lifetime * SECOND;
      relays.schedule(allocation);
    }
    answers.begin(request, Stun.SUCCESS).number(Stun.LIFETIME, lifetime);
    answers.signed(request, grant, 0);
  }

  private static boolean hasFamily(Allocation allocation, int family) {
    return (family == Stun.IPV4 && allocation.has(AllocateWish.V4))
        || (family == Stun.IPV6 && allocation.has(AllocateWish.V6));
  }

  private void createPermission(Request request, Grant grant, Allocation allocation) {
    var message = request.message;
    int error = judgeAll(message, allocation);
    if (error == 0 && !room(allocation, permissions, request.now)) {
      error = 508;
    }
    if (error != 0) {
      answers.error(request, grant, error);
      return;
    }
    long until = request.now + settings.lifetimes().permission() * SECOND;
    for (int i = 0; i < message.count(); i++) {
      if (message.typeAt(i) == Stun.XOR_PEER_ADDRESS) {
        message.xorAddress(message.placeAt(i));
        relays.permit(allocation, message.high(), message.low(), until);
      }
    }
    success(request, grant);
  }

  /** Judges all peers of a request and counts those that would be new permissions. */
  private int judgeAll(StunReader message, Allocation allocation) {
    int peers = 0;
    permissions = 0;
    for (int i = 0; i < message.count(); i++) {
      if (message.typeAt(i) == Stun.XOR_PEER_ADDRESS) {
        peers++;
        int error = judge(message, message.placeAt(i), allocation, NO_PORT);
        if (error != 0) {
          return error;
        }
        if (relays.permissions.get(message.high(), message.low(), allocation.index) == null) {
          permissions++;
        }
      }
    }
    return peers == 0 ? 400 : 0;
  }

  private boolean room(Allocation allocation, int wanted, long now) {
    int most = settings.quotas().permissions();
    if (allocation.permissions.size() + wanted > most) {
      relays.sweep(allocation, now);
    }
    return allocation.permissions.size() + wanted <= most;
  }

  /**
   * Whether a peer may be spoken to.
   *
   * @param withPort its port, or {@link #NO_PORT} where only the address matters
   * @return an error code, or 0
   */
  private int judge(StunReader message, int place, Allocation allocation, int withPort) {
    if (!message.xorAddress(place)) {
      return 400;
    }
    long high = message.high();
    long low = message.low();
    if (message.family() == Stun.IPV6 && Embedded.isMapped(high, low)) {
      return group.policy().allows(high, low) ? 400 : 403;
    }
    if (settings.isRelayAddress(high, low)) {
      if (withPort != NO_PORT && !group.ports().covers(withPort) && !group.policy().localPeers()) {
        return 403;
      }
    } else if (!group.policy().allows(high, low)) {
      return 403;
    }
    return hasFamily(allocation, message.family()) ? 0 : 443;
  }

  private void bindChannel(Request request, Grant grant, Allocation allocation) {
    int error = bind(request, allocation);
    if (error != 0) {
      answers.error(request, grant, error);
    } else {
      success(request, grant);
    }
  }

  private int bind(Request request, Allocation allocation) {
    var message = request.message;
    int place = message.find(Stun.XOR_PEER_ADDRESS);
    if (place < 0 || !message.has(Stun.CHANNEL_NUMBER) || !message.xorAddress(place)) {
      return 400;
    }
    int number = message.firstU16(Stun.CHANNEL_NUMBER);
    int last = settings.compatibility().wideChannels() ? WIDE_LAST : NARROW_LAST;
    int port = message.port();
    if (number < FIRST || number > last || port == 0) {
      return 400;
    }
    int error = judge(message, place, allocation, port);
    if (error != 0) {
      return error;
    }
    long high = message.high();
    long low = message.low();
    int relay = allocation.relay(!Relays.isV4(high, low));
    var channel = channel(allocation, number, request.now);
    var other = ofPeer(relay, high, low, port, request.now);
    if (channel != other) {
      return 400;
    }
    if (!room(allocation, relays.isKnown(allocation, high, low) ? 0 : 1, request.now)) {
      return 508;
    }
    if (channel == null) {
      if (allocation.channels.size() >= settings.quotas().channels()) {
        return 508;
      }
      channel =
          new Channel(allocation, number, relay, high, low, port, group.isInside(high, low, port));
      relays.bind(channel);
    }
    channel.boundUntil = request.now + settings.lifetimes().channel() * SECOND;
    channel.keptUntil = channel.boundUntil + Relays.CHANNEL_KEPT;
    relays.permit(allocation, high, low, request.now + settings.lifetimes().permission() * SECOND);
    return 0;
  }

  private @Nullable Channel channel(Allocation allocation, int number, long now) {
    var client = allocation.client;
    return living(
        relays.byClient.get(
            client.high(), client.low(), Relays.clientKey(client.port(), client.link(), number)),
        now);
  }

  private @Nullable Channel ofPeer(int relay, long high, long low, int port, long now) {
    return living(relays.byPeer.get(high, low, Relays.peerKey(relay, port)), now);
  }

  private @Nullable Channel living(@Nullable Channel channel, long now) {
    if (channel != null && now - channel.keptUntil >= 0) {
      relays.forget(channel);
      channel.allocation.channels.remove(channel);
      return null;
    }
    return channel;
  }
}
