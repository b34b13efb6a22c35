package dev.gatehouse.relay.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random clients, peers, failures and time against a model that knows only lists and deadlines.
 * {@code -Dgatehouse.relay.steps=10000000} for more than the steps of every run.
 */
class ModelTest {

  private static final int STEPS = Integer.getInteger("gatehouse.relay.steps", 120_000);
  private static final int CLIENTS = 7;
  private static final byte[] DATA = {1, 2, 3};
  private static final String[] HOSTS = {
    "203.0.113.9", "203.0.113.10", "[2001:db8::9]", "127.0.0.1"
  };
  private static final int[] PORTS = {5000, 5001};

  static LongStream seeds() {
    return Seeds.of(1);
  }

  private record Pair(int number, String peer) {}

  /** What the model knows of a client's allocation. */
  private static final class Expected {
    final int user;
    final long order;
    long until;
    boolean v4;
    boolean v6;
    int port;
    final List<Pair> channels = new ArrayList<>();
    final List<Long> channelUntil = new ArrayList<>();
    final List<String> permitted = new ArrayList<>();
    final List<Long> permittedUntil = new ArrayList<>();

    Expected(int user, long order) {
      this.user = user;
      this.order = order;
    }

    boolean serves(String host) {
      return host.startsWith("[") ? v6 : v4;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theRelayDoesWhatTheModelSays(long seed) {
    for (boolean replace : new boolean[] {false, true}) {
      new Run(seed, replace).all(STEPS / 2);
    }
  }

  private static final class Run {
    final Random random;
    final boolean replace;
    final Lab lab;
    final Guest[] guests = new Guest[CLIENTS];
    final @Nullable Expected[] model = new @Nullable Expected[CLIENTS];
    long order;
    int steps;

    Run(long seed, boolean replace) {
      random = new Random(seed);
      this.replace = replace;
      lab =
          new Lab(
              Lab.settings(new TurnSettings.Quotas(2, replace, 1000, 100, 100, 1_000_000, 0, 0)),
              Lab.openPolicy(),
              2);
      for (int i = 0; i < CLIENTS; i++) {
        var user = i % 2;
        guests[i] =
            new Guest(lab, lab.loops.get(i % 3 == 0 ? 1 : 0), "203.0.113.5:" + (1000 + i), 1)
                .user(user == 0 ? "alice" : "bob", user == 0 ? "wonderland" : "builder");
      }
    }

    void all(int count) {
      for (steps = 0; steps < count; steps++) {
        int client = random.nextInt(CLIENTS);
        switch (random.nextInt(12)) {
          case 0, 1 -> allocate(client);
          case 2 -> refresh(client);
          case 3, 4 -> bind(client);
          case 5 -> permit(client);
          case 6, 7 -> channelData(client);
          case 8 -> send(client);
          case 9, 10 -> fromPeer(client);
          default -> time();
        }
        if (steps % 64 == 0) {
          compare();
        }
      }
    }

    void time() {
      long nanos =
          switch (random.nextInt(4)) {
            case 0 -> random.nextLong(Lab.SECOND);
            case 1 -> random.nextLong(30 * Lab.SECOND);
            case 2 -> random.nextLong(200 * Lab.SECOND);
            default -> Lab.SECOND;
          };
      if (random.nextBoolean()) {
        lab.passNanos(nanos);
      } else {
        lab.now += nanos; // a shell that was busy and ticks late
      }
      lab.noV6 = random.nextInt(10) == 0;
      lab.everythingTaken = random.nextInt(20) == 0;
    }

    @Nullable Expected alive(int client) {
      var expected = model[client];
      if (expected != null && lab.now - expected.until >= 0) {
        model[client] = null;
      }
      return model[client];
    }

    void expect(String what, int actual, int expected) {
      assertThat(actual).as("step %d: %s", steps, what).isEqualTo(expected);
    }

    void allocate(int client) {
      settle();
      var existing = alive(client);
      boolean v6Only = random.nextInt(4) == 0;
      boolean both = !v6Only && random.nextBoolean();
      int lifetime = random.nextInt(4) == 0 ? random.nextInt(5000) : -1;
      var answer =
          guests[client].call(
              Stun.ALLOCATE,
              to -> {
                Guest.udp(to);
                if (v6Only) {
                  to.number(Stun.REQUESTED_ADDRESS_FAMILY, Stun.IPV6 << 24);
                } else if (both) {
                  to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, Stun.IPV6 << 24);
                }
                if (lifetime >= 0) {
                  to.number(Stun.LIFETIME, lifetime);
                }
              });
      int code = Guest.code(answer);
      if (existing != null) {
        expect("allocate again", code, 437);
        return;
      }
      int user = client % 2;
      int held = held(user);
      if (held >= 2 && !replace) {
        expect("quota", code, 486);
        return;
      }
      boolean impossible = lab.everythingTaken || (lab.noV6 && v6Only);
      if (held >= 2) {
        model[oldest(user)] = null;
        lab.runEvictions();
      }
      expect("allocate", code, impossible ? 508 : 0);
      if (code == 0) {
        var expected = new Expected(user, order++);
        expected.v4 = !v6Only;
        expected.v6 = v6Only || (both && !lab.noV6);
        int granted = lifetime < 0 ? 600 : Math.clamp(lifetime, 60, 3600);
        expected.until = lab.now + granted * Lab.SECOND;
        expect("lifetime", answer.firstU32(Stun.LIFETIME), granted);
        expected.port = Guest.relayed(answer, 0).port();
        expect(
            "addresses", Guest.relayedCount(answer), (expected.v4 ? 1 : 0) + (expected.v6 ? 1 : 0));
        model[client] = expected;
      }
    }

    /** Goes on to a whole second: what is over by then is gone, and counted nowhere. */
    void settle() {
      lab.passNanos(Lab.SECOND - lab.now % Lab.SECOND);
      lab.tick();
    }

    int held(int user) {
      int held = 0;
      for (int i = 0; i < CLIENTS; i++) {
        var expected = alive(i);
        held += expected != null && expected.user == user ? 1 : 0;
      }
      return held;
    }

    int oldest(int user) {
      int oldest = -1;
      long first = Long.MAX_VALUE;
      for (int i = 0; i < CLIENTS; i++) {
        var expected = alive(i);
        if (expected != null && expected.user == user && expected.order < first) {
          oldest = i;
          first = expected.order;
        }
      }
      return oldest;
    }

    void refresh(int client) {
      var existing = alive(client);
      int lifetime = random.nextInt(3) == 0 ? 0 : random.nextInt(4000);
      int family = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
      var answer =
          guests[client].call(
              Stun.REFRESH,
              to -> {
                to.number(Stun.LIFETIME, lifetime);
                if (family != 0) {
                  to.number(Stun.REQUESTED_ADDRESS_FAMILY, family << 24);
                }
              });
      int code = Guest.code(answer);
      if (existing == null) {
        expect("refresh of nothing", code, 437);
        return;
      }
      boolean has = family == 0 || (family == 1 ? existing.v4 : existing.v6);
      expect("refresh", code, has ? 0 : 443);
      if (!has) {
        return;
      }
      if (lifetime > 0) {
        existing.until = lab.now + Math.clamp(lifetime, 60, 3600) * Lab.SECOND;
      } else if (family == 0 || !(existing.v4 && existing.v6)) {
        model[client] = null;
      } else {
        existing.v4 &= family != 1;
        existing.v6 &= family != 2;
        for (int i = existing.channels.size() - 1; i >= 0; i--) {
          var peer = existing.channels.get(i).peer();
          if (!existing.serves(peer)) {
            existing.channels.remove(i);
            existing.channelUntil.remove(i);
          }
        }
        for (int i = existing.permitted.size() - 1; i >= 0; i--) {
          if (!existing.serves(existing.permitted.get(i))) {
            existing.permitted.remove(i);
            existing.permittedUntil.remove(i);
          }
        }
      }
    }

    String host() {
      return HOSTS[random.nextInt(HOSTS.length)];
    }

    String peer() {
      return host() + ":" + PORTS[random.nextInt(2)];
    }

    static String hostOf(String peer) {
      return peer.substring(0, peer.lastIndexOf(':'));
    }

    static boolean denied(String host) {
      return host.equals("127.0.0.1");
    }

    void bind(int client) {
      var existing = alive(client);
      int number = 0x4000 + random.nextInt(4);
      var peer = peer();
      int code = guests[client].bind(number, peer);
      if (existing == null) {
        expect("bind to nothing", code, 437);
        return;
      }
      var host = hostOf(peer);
      if (denied(host)) {
        expect("denied", code, 403);
        return;
      }
      if (!existing.serves(host)) {
        expect("family", code, 443);
        return;
      }
      int same = -1;
      boolean clash = false;
      for (int i = 0; i < existing.channels.size(); i++) {
        var pair = existing.channels.get(i);
        if (lab.now - existing.channelUntil.get(i) < 300 * Lab.SECOND) {
          boolean number2 = pair.number() == number;
          boolean peer2 = pair.peer().equals(peer);
          clash |= number2 != peer2;
          same = number2 && peer2 ? i : same;
        }
      }
      expect("bind", code, clash ? 400 : 0);
      if (!clash) {
        if (same >= 0) {
          existing.channels.remove(same);
          existing.channelUntil.remove(same);
        }
        existing.channels.add(new Pair(number, peer));
        existing.channelUntil.add(lab.now + 600 * Lab.SECOND);
        permitted(existing, host);
      }
    }

    void permitted(Expected existing, String host) {
      int at = existing.permitted.indexOf(host);
      if (at >= 0) {
        existing.permitted.remove(at);
        existing.permittedUntil.remove(at);
      }
      existing.permitted.add(host);
      existing.permittedUntil.add(lab.now + 300 * Lab.SECOND);
    }

    void permit(int client) {
      var existing = alive(client);
      var host = host();
      int code = guests[client].permit(host);
      if (existing == null) {
        expect("permission for nothing", code, 437);
      } else if (denied(host)) {
        expect("denied", code, 403);
      } else if (!existing.serves(host)) {
        expect("family", code, 443);
      } else {
        expect("permit", code, 0);
        permitted(existing, host);
      }
    }

    boolean isPermitted(Expected existing, String host) {
      int at = existing.permitted.indexOf(host);
      return at >= 0 && lab.now - existing.permittedUntil.get(at) < 0;
    }

    void channelData(int client) {
      var existing = alive(client);
      int number = 0x4000 + random.nextInt(4);
      var delivery = guests[client].channelData(number, DATA);
      @Nullable String peer = null;
      for (int i = 0; existing != null && i < existing.channels.size(); i++) {
        if (existing.channels.get(i).number() == number
            && lab.now - existing.channelUntil.get(i) < 0) {
          peer = existing.channels.get(i).peer();
        }
      }
      expect("channel data", delivery.verdict(), peer == null ? 0 : TurnServer.TO_PEER);
      if (peer != null && existing != null) {
        assertThat(delivery.peer()).isEqualTo(Endpoint.parse(peer));
        Integer port = guests[client].loop.sockets.get(delivery.relay());
        assertThat(port).isEqualTo(existing.port);
      }
    }

    void send(int client) {
      var existing = alive(client);
      var peer = peer();
      var delivery = guests[client].send(peer, DATA);
      boolean passes =
          existing != null && existing.serves(hostOf(peer)) && isPermitted(existing, hostOf(peer));
      expect("send", delivery.verdict(), passes ? TurnServer.TO_PEER : 0);
    }

    void fromPeer(int client) {
      var existing = alive(client);
      var peer = peer();
      var host = hostOf(peer);
      if (existing == null || !existing.serves(host)) {
        return;
      }
      var address = host.startsWith("[") ? Lab.RELAY_V6 : Lab.RELAY_V4;
      int relay = guests[client].relay(new Endpoint(address, existing.port));
      var delivery = lab.fromPeer(guests[client].loop, relay, Endpoint.parse(peer), DATA);
      int number = -1;
      for (int i = 0; i < existing.channels.size(); i++) {
        if (existing.channels.get(i).peer().equals(peer)
            && lab.now - existing.channelUntil.get(i) < 0) {
          number = existing.channels.get(i).number();
        }
      }
      int verdict =
          number >= 0
              ? TurnServer.TO_CLIENT
              : isPermitted(existing, host) ? TurnServer.TO_CLIENT_IN_INDICATION : 0;
      expect("from peer", delivery.verdict(), verdict);
      if (verdict != 0) {
        assertThat(delivery.peer()).isEqualTo(guests[client].at);
      }
      if (verdict == TurnServer.TO_CLIENT) {
        expect("header", (delivery.bytes()[0] & 0xff) << 8 | delivery.bytes()[1], number);
      } else if (verdict != 0) {
        var reader = new StunReader();
        expect(
            "indication", reader.read(delivery.bytes(), 0, delivery.bytes().length), StunReader.OK);
      }
    }

    /** Nothing is left of what is over, and nothing else is missing. */
    void compare() {
      settle();
      int allocations = 0;
      int sockets = 0;
      for (int i = 0; i < CLIENTS; i++) {
        var expected = alive(i);
        if (expected != null) {
          allocations++;
          sockets += (expected.v4 ? 1 : 0) + (expected.v6 ? 1 : 0);
        }
      }
      int kept = 0;
      int open = 0;
      for (var loop : lab.loops) {
        kept += loop.server.allocations();
        open += loop.sockets.size();
        for (var reply : loop.replies) {
          reply.read();
        }
        loop.replies.clear();
      }
      expect("allocations", kept, allocations);
      expect("sockets", open, sockets);
      expect("ports", lab.group.availablePorts(), 16384 - allocations);
      expect("held", lab.group.allocations(), allocations);
    }
  }
}
