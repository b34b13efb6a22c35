package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The engine against the oracle; replay with {@code -Dgatehouse.seed=…}. */
class OracleTest {

  private static final int WORLDS = Integer.getInteger("gatehouse.oracle.worlds", 20_000);
  private static final int PACKETS = 60;

  private final long seed = Long.getLong("gatehouse.seed", System.nanoTime());
  private final RandomGenerator random = new SplittableRandom(seed);
  private final Instant start = Instant.parse("2026-01-01T00:00:00Z");
  private final Map<ClientId, Client> clients = new TreeMap<>();
  private final Map<ResourceId, Resource> resources = new TreeMap<>();
  private final Map<AuthorizationKey, Authorization> authorizations = new TreeMap<>();
  private final Map<Verdict, Long> seen = new EnumMap<>(Verdict.class);
  private final Decider decider = new Decider();
  private final IpPacket view = new IpPacket();
  private final PolicyModel model =
      new PolicyModel(new PolicyTable.Surroundings(Worlds.GATEWAY, Worlds.NETWORKS), 10);
  private long version;
  private Instant lastNow = start;

  @Test
  void engineAndOracleAgreeOnEveryPacket() {
    System.out.println("seed " + seed);
    long judged = 0;
    try (var arena = Arena.ofConfined()) {
      var memory = arena.allocate(4096, 64);
      for (int i = 0; i < WORLDS; i++) {
        judged += judgeOneWorld(memory);
      }
    }
    System.out.println("packets judged " + judged + ", verdicts " + seen);
    var possible = EnumSet.allOf(Verdict.class);
    possible.removeAll(
        EnumSet.of(Verdict.UNTRANSLATABLE, Verdict.TOO_MANY_SESSIONS, Verdict.EXPIRED_SESSION));
    assertThat(seen).as("every verdict was met").containsOnlyKeys(possible.toArray(Verdict[]::new));
  }

  private int judgeOneWorld(MemorySegment memory) {
    if (random.nextInt(3) == 0 || clients.isEmpty()) {
      renew();
    } else {
      change(1 + random.nextInt(6));
    }
    if (random.nextInt(4) == 0) {
      model.expire(start);
    }
    var table = model.compile();
    var known = List.copyOf(clients.values());
    for (int i = 0; i < PACKETS; i++) {
      boolean fromClient = random.nextBoolean();
      var packet = Worlds.packet(random, known, fromClient);
      var now = start.plusNanos(random.nextInt(4));
      if (now.isBefore(lastNow)) {
        // As the shard does with every new reading of the wall clock.
        decider.forget();
      }
      lastNow = now;
      var world =
          new Oracle.World(
              Worlds.GATEWAY,
              Worlds.NETWORKS,
              known,
              resources,
              authorizations.values(),
              now,
              random.nextInt(50) == 0);
      int repeats = random.nextInt(3) == 0 ? 2 : 1;
      for (int repeat = 0; repeat < repeats; repeat++) {
        judge(memory, table, world, packet, fromClient);
      }
    }
    return PACKETS;
  }

  private void judge(
      MemorySegment memory,
      PolicyTable table,
      Oracle.World world,
      byte[] packet,
      boolean fromClient) {
    int at = random.nextInt(9);
    MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, at, packet.length);
    boolean parsed = view.parse(memory, at, packet.length, false);
    long wall = WallClock.nanosOf(world.now());
    Oracle.Answer expected;
    Verdict verdict;
    if (fromClient) {
      var sender = sender(world, packet);
      expected = Oracle.fromClient(world, sender, Oracle.read(packet));
      var policy = table.byHandle(sender.map(this::handle).orElse(1_000_000));
      verdict =
          parsed
              ? decider.fromClient(table, policy, view, wall, world.partitioned())
              : Verdict.MALFORMED;
    } else {
      expected = Oracle.toClient(world, Oracle.read(packet));
      verdict = parsed ? toClient(table, wall, world.partitioned()) : Verdict.MALFORMED;
    }
    var grant = parsed ? decider.grant() : null;
    var resource = Optional.ofNullable(grant).map(g -> g.resource().id());
    seen.merge(verdict, 1L, Long::sum);
    if (verdict != expected.verdict() || !resource.equals(expected.resource())) {
      throw new AssertionError(
          "seed %d, %s client: engine says %s by %s, oracle says %s; packet %s, world %s"
              .formatted(
                  seed,
                  fromClient ? "from" : "to",
                  verdict,
                  resource,
                  expected,
                  HexFormat.of().formatHex(packet),
                  world));
    }
  }

  private Verdict toClient(PolicyTable table, long wall, boolean partitioned) {
    var policy = table.byAddress(view.destinationHigh(), view.destinationLow());
    return decider.toClient(table, policy, view, wall, partitioned);
  }

  /** Usually the client whose address the packet carries, so that it gets past anti-spoofing. */
  private Optional<Client> sender(Oracle.World world, byte[] packet) {
    int luck = random.nextInt(10);
    if (luck == 0) {
      return Optional.empty();
    }
    var source = Oracle.read(packet).map(Oracle.Facts::source);
    return world.clients().stream()
        .filter(client -> luck == 1 || source.filter(client.addresses()::contains).isPresent())
        .findFirst()
        .or(() -> world.clients().stream().findFirst());
  }

  private int handle(Client client) {
    return model.clients().stream()
        .filter(entry -> entry.client().id().equals(client.id()))
        .findFirst()
        .orElseThrow()
        .handle();
  }

  private void renew() {
    clients.clear();
    resources.clear();
    authorizations.clear();
    int clientCount = 1 + random.nextInt(3);
    int resourceCount = random.nextInt(9);
    for (int i = 0; i < clientCount; i++) {
      var client = Worlds.client(random, i);
      clients.put(client.id(), client);
    }
    for (int i = 0; i < resourceCount; i++) {
      var resource = Worlds.resource(random, i);
      resources.put(resource.id(), resource);
    }
    for (var client : clients.keySet()) {
      for (var resource : resources.keySet()) {
        if (random.nextInt(3) > 0) {
          put(Worlds.authorization(random, client, resource, start));
        }
      }
    }
    model.reset(
        new StoreSnapshot(
            ++version,
            List.copyOf(clients.values()),
            List.copyOf(resources.values()),
            List.copyOf(authorizations.values())),
        0);
  }

  private void put(Authorization authorization) {
    authorizations.put(authorization.key(), authorization);
  }

  private void change(int times) {
    for (int i = 0; i < times; i++) {
      version++;
      model.apply(change(), 0);
    }
  }

  private StoreChange change() {
    int index = random.nextInt(9);
    var known = new ArrayList<>(clients.keySet());
    var anyClient = Worlds.pick(random, known);
    var anyResource = new ResourceId("r" + index);
    switch (random.nextInt(8)) {
      case 0 -> {
        var client = Worlds.client(random, random.nextInt(3));
        clients.put(client.id(), client);
        return new StoreChange.ClientPut(client, version);
      }
      case 1 -> {
        if (known.size() > 1) {
          clients.remove(anyClient);
          authorizations.keySet().removeIf(key -> key.client().equals(anyClient));
          return new StoreChange.ClientRemoved(anyClient, version);
        }
      }
      case 2, 3 -> {
        var resource = Worlds.resource(random, index);
        resources.put(resource.id(), resource);
        return new StoreChange.ResourcePut(resource, version);
      }
      case 4 -> {
        resources.remove(anyResource);
        authorizations.keySet().removeIf(key -> key.resource().equals(anyResource));
        return new StoreChange.ResourceRemoved(anyResource, version);
      }
      case 5, 6 -> {
        if (resources.containsKey(anyResource)) {
          var authorization = Worlds.authorization(random, anyClient, anyResource, start);
          put(authorization);
          return new StoreChange.AuthorizationPut(authorization, version);
        }
      }
      default -> {
        // falls through to the revocation below
      }
    }
    var key = new AuthorizationKey(anyClient, anyResource);
    authorizations.remove(key);
    return new StoreChange.AuthorizationRemoved(key, EndReason.REVOKED, version);
  }
}
