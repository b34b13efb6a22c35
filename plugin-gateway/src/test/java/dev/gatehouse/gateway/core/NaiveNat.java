package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of address translation once more: maps, sets and records, time in seconds. */
final class NaiveNat {

  record Tuple(int protocol, int port, IpAddress address) {}

  static final class Session {
    final Tuple inside;
    final Tuple outside;
    double lastOut;
    double lastIn;
    boolean answered;
    boolean finOut;
    boolean finIn;

    Session(Tuple inside, Tuple outside) {
      this.inside = inside;
      this.outside = outside;
    }

    double ends() {
      double last = Math.max(lastOut, lastIn);
      if (!answered) {
        return lastOut + 60;
      }
      return finOut && finIn ? last + 5 : last + (inside.protocol() == 6 ? 2 * 3600 + 240 : 120);
    }
  }

  /** Where a name's proxy address leads. */
  record Target(String domain, @Nullable IpAddress real) {}

  final Map<IpAddress, Target> targets = new HashMap<>();
  private final List<Session> sessions = new ArrayList<>();
  private final Set<Tuple> expired = new HashSet<>();

  void setUp(String domain, List<IpAddress> resolved, List<IpAddress> proxies) {
    for (var proxy : proxies) {
      if (targets.containsKey(proxy) && !targets.get(proxy).domain().equals(domain)) {
        targets.clear();
        sessions.clear();
        expired.clear();
        break;
      }
    }
    for (boolean v4 : new boolean[] {true, false}) {
      var real = resolved.stream().filter(a -> a.isV4() == v4).sorted().toList();
      int i = 0;
      for (var proxy : proxies.stream().filter(a -> a.isV4() == v4).sorted().toList()) {
        targets.put(proxy, new Target(domain, real.isEmpty() ? null : real.get(i % real.size())));
        i++;
      }
    }
  }

  private void age(double now) {
    for (var session : List.copyOf(sessions)) {
      if (now >= session.ends()) {
        end(session);
      }
    }
  }

  private void end(Session session) {
    sessions.remove(session);
    expired.add(session.outside);
  }

  private @Nullable Session live(Tuple outside) {
    return sessions.stream().filter(s -> s.outside.equals(outside)).findFirst().orElse(null);
  }

  /** The session that carries it, or null if there is nowhere to go. */
  @Nullable Session outward(
      int protocol, int port, IpAddress proxy, Set<String> flags, double now) {
    age(now);
    var inside = new Tuple(protocol, port, proxy);
    var session = sessions.stream().filter(s -> s.inside.equals(inside)).findFirst().orElse(null);
    if (session != null && flags.equals(Set.of("SYN")) && session.finIn && session.finOut) {
      end(session);
      session = null;
    }
    if (session == null) {
      var real = Objects.requireNonNull(targets.get(proxy)).real();
      if (real == null) {
        return null;
      }
      int free = port;
      while (live(new Tuple(protocol, free, real)) != null) {
        free = free == 65535 ? 1 : free + 1;
      }
      session = new Session(inside, new Tuple(protocol, free, real));
      expired.remove(session.outside);
      sessions.add(session);
    }
    session.lastOut = now;
    session.finOut |= flags.contains("FIN");
    if (flags.contains("RST")) {
      end(session);
    }
    return session;
  }

  /** The session it belongs to, or null; see {@link #isExpired}. */
  @Nullable Session inward(int protocol, int port, IpAddress real, Set<String> flags, double now) {
    age(now);
    var session = live(new Tuple(protocol, port, real));
    if (session != null) {
      session.lastIn = now;
      session.answered = true;
      session.finIn |= flags.contains("FIN");
      if (flags.contains("RST")) {
        end(session);
      }
    }
    return session;
  }

  /** The session an ICMP error tells of, or null. */
  @Nullable Session told(int protocol, int port, IpAddress real, double now) {
    age(now);
    return live(new Tuple(protocol, port, real));
  }

  boolean isExpired(int protocol, int port, IpAddress real) {
    return expired.contains(new Tuple(protocol, port, real));
  }
}
