package dev.gatehouse.relay.core.turn;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.StunReader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A relay without a network: time stands still until it is told to go on. */
final class Lab {

  static final IpAddress RELAY_V4 = IpAddress.parse("198.18.0.1");
  static final IpAddress RELAY_V6 = IpAddress.parse("2001:db8::1");
  static final long SECOND = 1_000_000_000L;
  static final long EPOCH = 1_700_000_000L;

  /** What the relay said to somebody. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Reply(Endpoint to, int link, byte[] bytes) {

    StunReader read() {
      var reader = new StunReader();
      if (reader.read(bytes, 0, bytes.length) != StunReader.OK) {
        throw new AssertionError("the relay sent something that is no STUN message");
      }
      return reader;
    }
  }

  /** What became of payload. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Delivery(int verdict, byte[] bytes, @Nullable Endpoint peer, int relay) {}

  /** One server and its sockets. */
  final class Loop implements RelayOutput {
    final int number;
    final TurnServer server;
    final List<Reply> replies = new ArrayList<>();

    /** Port by handle. */
    final Map<Integer, Integer> sockets = new HashMap<>();

    final List<Integer> waiting = new ArrayList<>();

    Loop(int number) {
      this.number = number;
      server = group.server(number, this, new Random(7 + number));
      server.tick(now, epochSeconds());
    }

    @Override
    public void reply(long high, long low, int port, int link, byte[] message, int length) {
      replies.add(
          new Reply(
              new Endpoint(new IpAddress(high, low), port), link, Arrays.copyOf(message, length)));
    }

    @Override
    public void openRelay(int relay, int port) {
      if (sockets.containsKey(relay)) {
        throw new AssertionError("handle " + relay + " is open already");
      }
      boolean v6 = (relay & 1) != 0;
      boolean taken = takenPorts.contains(port) || (v6 && noV6) || everythingTaken;
      if (!taken) {
        for (var loop : loops) {
          for (var socket : loop.sockets.entrySet()) {
            if (((socket.getKey() & 1) != 0) == v6 && socket.getValue() == port) {
              throw new AssertionError("port " + port + " is open already");
            }
          }
        }
        sockets.put(relay, port);
      }
      opened++;
      if (later) {
        waiting.add(relay);
      } else {
        server.relayOpened(relay, !taken, now);
      }
    }

    @Override
    public void closeRelay(int relay) {
      if (sockets.remove(relay) == null) {
        throw new AssertionError("handle " + relay + " is not open");
      }
    }

    @Override
    public void evict(int server, long allocation) {
      evictions.add(() -> loops.get(server).server.evict(allocation, now));
    }

    Reply last() {
      return replies.getLast();
    }
  }

  final TurnSettings settings;
  final TurnGroup group;
  final List<Loop> loops = new ArrayList<>();
  final List<Runnable> evictions = new ArrayList<>();
  final Set<Integer> takenPorts = new HashSet<>();
  boolean noV6;
  boolean everythingTaken;
  boolean later;
  int opened;
  long transactions;

  /** Negative at first, as the clock may be. */
  long now = -20 * SECOND + 17;

  Lab(TurnSettings settings, PeerPolicy policy, int loops) {
    this.settings = settings;
    group = new TurnGroup(settings, policy, new Random(3));
    for (int i = 0; i < loops; i++) {
      this.loops.add(new Loop(i));
    }
  }

  Lab(TurnSettings settings) {
    this(settings, openPolicy(), 1);
  }

  Lab() {
    this(settings());
  }

  /** Allows private and documentation networks, which tests use. */
  static PeerPolicy openPolicy() {
    return new PeerPolicy(
        true, false, List.of(), List.of(), List.of(IpAddress.parse("198.18.0.77")));
  }

  static Realm realm() {
    return new Realm(
        "firezone",
        new StaticCredentials(
            Map.of(
                "alice", "wonderland".getBytes(UTF_8),
                "bob", "builder".getBytes(UTF_8),
                "マトリックス", "TheMatrIX".getBytes(UTF_8))),
        true);
  }

  static TurnSettings settings() {
    return settings(new TurnSettings.Quotas(3, false, 1000, 8, 8, 1000, 0, 0));
  }

  static TurnSettings settings(TurnSettings.Quotas quotas) {
    return with(TurnSettings.defaults(List.of(realm()), RELAY_V4, RELAY_V6), quotas);
  }

  static TurnSettings with(TurnSettings settings, TurnSettings.Quotas quotas) {
    return new TurnSettings(
        settings.realms(),
        settings.addressV4(),
        settings.addressV6(),
        settings.lowestPort(),
        settings.highestPort(),
        settings.lifetimes(),
        quotas,
        new TurnSettings.SourceLimits(1_000_000, 1_000_000, 10_000_000),
        settings.compatibility());
  }

  static TurnSettings with(TurnSettings settings, TurnSettings.Compatibility compatibility) {
    return new TurnSettings(
        settings.realms(),
        settings.addressV4(),
        settings.addressV6(),
        settings.lowestPort(),
        settings.highestPort(),
        settings.lifetimes(),
        settings.quotas(),
        settings.sourceLimits(),
        compatibility);
  }

  static TurnSettings with(TurnSettings settings, int lowestPort, int highestPort) {
    return new TurnSettings(
        settings.realms(),
        settings.addressV4(),
        settings.addressV6(),
        lowestPort,
        highestPort,
        settings.lifetimes(),
        settings.quotas(),
        settings.sourceLimits(),
        settings.compatibility());
  }

  static TurnSettings with(
      TurnSettings settings, @Nullable IpAddress addressV4, @Nullable IpAddress addressV6) {
    return new TurnSettings(
        settings.realms(),
        addressV4,
        addressV6,
        settings.lowestPort(),
        settings.highestPort(),
        settings.lifetimes(),
        settings.quotas(),
        settings.sourceLimits(),
        settings.compatibility());
  }

  static TurnSettings with(TurnSettings settings, List<Realm> realms) {
    return new TurnSettings(
        realms,
        settings.addressV4(),
        settings.addressV6(),
        settings.lowestPort(),
        settings.highestPort(),
        settings.lifetimes(),
        settings.quotas(),
        settings.sourceLimits(),
        settings.compatibility());
  }

  static TurnSettings with(TurnSettings settings, TurnSettings.SourceLimits limits) {
    return new TurnSettings(
        settings.realms(),
        settings.addressV4(),
        settings.addressV6(),
        settings.lowestPort(),
        settings.highestPort(),
        settings.lifetimes(),
        settings.quotas(),
        limits,
        settings.compatibility());
  }

  long epochSeconds() {
    return EPOCH + Math.floorDiv(now, SECOND);
  }

  Loop loop() {
    return loops.getFirst();
  }

  TurnServer server() {
    return loop().server;
  }

  /** Lets time pass and ticks as a shell does, at every deadline. */
  void pass(long seconds) {
    passNanos(seconds * SECOND);
  }

  void passNanos(long nanos) {
    long end = now + nanos;
    while (true) {
      long next = Long.MAX_VALUE;
      for (var loop : loops) {
        next = Math.min(next, loop.server.nextDeadline());
      }
      if (next > end) {
        break;
      }
      now = Math.max(now, next);
      tick();
    }
    now = end;
  }

  void tick() {
    for (var loop : loops) {
      loop.server.tick(now, epochSeconds());
    }
  }

  /** Reports what was opened while {@link #later} was set. */
  void report() {
    for (var loop : loops) {
      var reported = List.copyOf(loop.waiting);
      loop.waiting.clear();
      for (int relay : reported) {
        loop.server.relayOpened(relay, loop.sockets.containsKey(relay), now);
      }
    }
  }

  void runEvictions() {
    var todo = List.copyOf(evictions);
    evictions.clear();
    todo.forEach(Runnable::run);
  }

  /** Gives a message to a server and follows the payload to its end. */
  Delivery fromClient(Loop loop, Endpoint from, int link, byte[] bytes) {
    var slab = MemorySegment.ofArray(Arrays.copyOf(bytes, Math.max(bytes.length, 4)));
    var server = loop.server;
    int verdict =
        server.fromClient(
            from.address().high(),
            from.address().low(),
            from.port(),
            link,
            slab,
            0,
            bytes.length,
            now);
    if (verdict == TurnServer.DONE) {
      return new Delivery(verdict, new byte[0], null, 0);
    }
    int start = (int) server.payloadOffset();
    return followed(
        loop, verdict, Arrays.copyOfRange(bytes, start, start + server.payloadLength()));
  }

  private Delivery followed(Loop loop, int verdict, byte[] payload) {
    var server = loop.server;
    if (verdict == TurnServer.TO_SIBLING) {
      var target = loops.get(server.sibling());
      int next =
          target.server.fromSibling(
              server.relay(),
              server.peerHigh(),
              server.peerLow(),
              server.peerPort(),
              payload.length,
              now);
      return followed(target, next, payload);
    }
    if (verdict == TurnServer.TO_PEER) {
      var peer =
          new Endpoint(new IpAddress(server.peerHigh(), server.peerLow()), server.peerPort());
      return new Delivery(verdict, payload, peer, server.relay());
    }
    if (verdict == TurnServer.DONE) {
      return new Delivery(verdict, new byte[0], null, 0);
    }
    var client = server.client();
    var bytes = new byte[TurnServer.LONGEST_PREFIX + payload.length + 3];
    int prefix;
    if (verdict == TurnServer.TO_CLIENT) {
      int header = server.channelHeader();
      bytes[0] = (byte) (header >>> 24);
      bytes[1] = (byte) (header >>> 16);
      bytes[2] = (byte) (header >>> 8);
      bytes[3] = (byte) header;
      prefix = 4;
    } else {
      prefix = server.writePrefix(MemorySegment.ofArray(bytes), 0);
    }
    System.arraycopy(payload, 0, bytes, prefix, payload.length);
    var to = new Endpoint(new IpAddress(client.high(), client.low()), client.port());
    return new Delivery(
        verdict, Arrays.copyOf(bytes, prefix + payload.length + server.padding()), to, 0);
  }

  /** A datagram arrives at a relayed socket. */
  Delivery fromPeer(Loop loop, int relay, Endpoint from, byte[] payload) {
    int verdict =
        loop.server.fromPeer(
            relay, from.address().high(), from.address().low(), from.port(), payload.length, now);
    return followed(loop, verdict, payload);
  }
}
