package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Stun;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes allocations (RFC 8656, section 7.2): first the sockets, then the answer. */
final class Allocates {

  private static final long SECOND = 1_000_000_000L;
  private static final int BOTH = AllocateWish.V4 | AllocateWish.V6;

  /** Challenges per second at the address of an allocation. */
  private static final int CHALLENGES = 5;

  private final TurnGroup group;
  private final TurnSettings settings;
  private final Relays relays;
  private final Answers answers;
  private final RelayOutput output;
  private final RandomGenerator random;
  private final TurnCounters counters;

  /** Where an allocation goes that has to make room on another server. */
  private final int server;

  Allocates(
      TurnGroup group,
      int server,
      Relays relays,
      Answers answers,
      RelayOutput output,
      RandomGenerator random,
      TurnCounters counters) {
    this.group = group;
    this.server = server;
    settings = group.settings();
    this.relays = relays;
    this.answers = answers;
    this.output = output;
    this.random = random;
    this.counters = counters;
  }

  /** Answers a request, now or when the sockets are open. */
  void handle(Request request, Grant grant, @Nullable Allocation existing) {
    if (existing != null) {
      exists(request, grant, existing);
      return;
    }
    var message = request.message;
    var wish = AllocateWish.read(message, settings);
    int error = wish.error();
    if (error == 0 && message.has(Stun.DONT_FRAGMENT) && !settings.compatibility().dontFragment()) {
      error = 420;
    }
    if (error == 0 && group.isDraining()) {
      error = 508;
    }
    if (error != 0) {
      answers.error(request, grant, error);
      return;
    }
    var claim = Reservations.NOTHING;
    if (wish.hasToken()) {
      claim = group.reservations().claim(wish.token(), grant.user(), request.now);
      if (claim.port() == 0) {
        answers.error(request, grant, 508);
        return;
      }
    }
    admit(request, grant, wish, claim);
  }

  private void exists(Request request, Grant grant, Allocation existing) {
    if (!existing.madeBy(request.message) || !existing.grant.sameAs(grant)) {
      answers.error(request, grant, 437);
    } else if (existing.answer != null) {
      answers.repeat(request, existing.answer, 0);
    }
  }

  private void admit(Request request, Grant grant, AllocateWish wish, Reservations.Claim claim) {
    long now = request.now;
    int error = group.allocations() >= settings.quotas().allocations() ? 508 : 0;
    if (error == 0) {
      var admission = group.users().admit(grant.user(), relays.nextHeld(), now);
      var user = admission.user();
      evict(admission.toEvict(), now);
      if (user != null) {
        open(request, grant, wish, claim, user);
        return;
      }
      error = 486;
    }
    if (claim.port() != 0) {
      group.giveBack(claim.port(), now);
    }
    answers.error(request, grant, error);
  }

  private void evict(Users.@Nullable Held held, long now) {
    if (held == null) {
      return;
    }
    if (held.server() == server) {
      evict(held.allocation(), now);
    } else {
      output.evict(held.server(), held.allocation());
    }
  }

  /** Ends an allocation of this server, if it still is. */
  void evict(long id, long now) {
    var allocation = relays.byId(id);
    if (allocation != null) {
      relays.end(allocation, now);
    }
  }

  private void open(
      Request request, Grant grant, AllocateWish wish, Reservations.Claim claim, Users.User user) {
    int wanted = claim.port() == 0 ? wish.families() : claim.family();
    var opening = new Opening(request.message, wish, wanted, claim.port());
    var client = new TurnClient(request.high, request.low, request.port, request.link);
    int perSecond = settings.quotas().requestsPerSecond();
    var requests = new Rate(perSecond, 2L * perSecond, request.now);
    var challenges = new Rate(CHALLENGES, 2L * CHALLENGES, request.now);
    tryPort(relays.add(client, grant, user, opening, requests, challenges), opening, request.now);
  }

  private void tryPort(Allocation allocation, Opening opening, long now) {
    opening.triesLeft--;
    allocation.port =
        opening.reserved != 0
            ? opening.reserved
            : opening.even
                ? group.ports().takeEven(opening.reserve, random, now)
                : group.ports().take(random, now);
    if (allocation.port == PortPool.NONE) {
      allocation.port = 0;
      fail(allocation, now);
      return;
    }
    opening.pending = opening.wanted;
    opening.opened = 0;
    int port = allocation.port;
    if ((opening.wanted & AllocateWish.V4) != 0) {
      output.openRelay(allocation.relay(false), port);
    }
    if ((opening.wanted & AllocateWish.V6) != 0) {
      output.openRelay(allocation.relay(true), port);
    }
  }

  /** One of the sockets is open, or cannot be. */
  void opened(int relay, boolean isOpen, long now) {
    var allocation = relays.bySlot(relay >> 1);
    var opening = allocation == null ? null : allocation.opening;
    int family = Relays.isV6(relay) ? AllocateWish.V6 : AllocateWish.V4;
    if (allocation == null || opening == null || (opening.pending & family) == 0) {
      return;
    }
    opening.pending &= ~family;
    opening.opened |= isOpen ? family : 0;
    if (opening.pending == 0) {
      settle(allocation, opening, now);
    }
  }

  private void settle(Allocation allocation, Opening opening, long now) {
    boolean last = opening.triesLeft == 0 || opening.reserved != 0;
    boolean enough = opening.opened == opening.wanted;
    if (!enough && last && opening.additional && opening.opened != 0) {
      opening.additionalError = 508;
      enough = true;
    }
    if (enough) {
      live(allocation, opening, now);
      return;
    }
    relays.close(allocation, opening.opened);
    opening.opened = 0;
    if (last) {
      fail(allocation, now);
      return;
    }
    group.giveBack(allocation.port, now);
    if (opening.reserve) {
      group.giveBack(allocation.port + 1, now);
    }
    allocation.port = 0;
    tryPort(allocation, opening, now);
  }

  private void fail(Allocation allocation, long now) {
    var client = allocation.client;
    var opening = allocation.opening;
    relays.end(allocation, now);
    if (opening != null) {
      answers.beginFor(opening, Stun.ERROR).error(508);
      answers.sendTo(client, opening, allocation.grant, 508);
    }
  }

  private void live(Allocation allocation, Opening opening, long now) {
    allocation.families = opening.opened;
    allocation.opening = null;
    allocation.expiresAt = now + opening.lifetime * SECOND;
    relays.schedule(allocation);
    group.own(allocation.port, server, allocation.index);
    counters.allocationsCreated++;
    var writer = answers.beginFor(opening, Stun.SUCCESS);
    relayed(allocation, AllocateWish.V4, settings.addressV4());
    relayed(allocation, AllocateWish.V6, settings.addressV6());
    if (opening.additionalError != 0) {
      int missing = (allocation.families ^ BOTH) == AllocateWish.V4 ? Stun.IPV4 : Stun.IPV6;
      writer.number(
          Stun.ADDRESS_ERROR_CODE,
          missing << 24 | (opening.additionalError / 100) << 8 | opening.additionalError % 100);
    }
    if (opening.reserve) {
      long token = random.nextLong();
      group
          .reservations()
          .keep(
              token,
              allocation.grant.user(),
              allocation.port + 1,
              allocation.families,
              relays.reservationOwner(allocation),
              now);
      writer.number(Stun.RESERVATION_TOKEN, token);
    }
    var client = allocation.client;
    writer.number(Stun.LIFETIME, opening.lifetime);
    writer.xorAddress(Stun.XOR_MAPPED_ADDRESS, client.high(), client.low(), client.port());
    int length = answers.sendTo(client, opening, allocation.grant, 0);
    allocation.answer = Arrays.copyOf(writer.bytes(), length);
  }

  private void relayed(Allocation allocation, int family, @Nullable IpAddress address) {
    if (allocation.has(family) && address != null) {
      answers
          .writer()
          .xorAddress(Stun.XOR_RELAYED_ADDRESS, address.high(), address.low(), allocation.port);
    }
  }
}
