package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Packets;
import dev.gatehouse.gateway.core.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random lives of clients, resources, authorizations, connections, store and gateway, in virtual
 * time, against a reference model that says for every packet what must become of it. Replay with
 * {@code -Dgatehouse.seed=…}.
 *
 * <p>Of the transitions known from Firezone's own state-machine test these apply to a gateway
 * without DNS resources, relays and portal, and have their steps here: add and remove a resource,
 * change its address, filters and type, switch the internet resource, send ICMP and UDP, connect by
 * TCP, roam, restart the client (a new key), partition the control plane and reconnect it,
 * deauthorize while partitioned, idle. The others of this list are our own.
 */
class StateMachineTest {

  private static final int STEPS = Integer.getInteger("gatehouse.steps", 100_000);
  private static final PolicyConfig CONFIG =
      new PolicyConfig(Duration.ofSeconds(3), Duration.ofSeconds(10), 10_000);

  /** What can happen. */
  private enum Step {
    ADD_CLIENT,
    REMOVE_CLIENT,
    CHANGE_KEY,
    CHANGE_CLIENT_ADDRESS,
    ADD_RESOURCE,
    REMOVE_RESOURCE,
    CHANGE_RESOURCE,
    GRANT,
    GRANT_INTERNET,
    EXTEND,
    REVOKE,
    REVOKE_CLIENT,
    CONNECT,
    DISCONNECT,
    ROAM,
    SEND,
    SEND_AND_ANSWER,
    IDLE,
    IDLE_LONG,
    LOSE_NOTIFICATIONS,
    HEAR_NOTIFICATIONS,
    STORE_DOWN,
    STORE_UP,
    REVOKE_WHILE_PARTITIONED,
    FORGET_HISTORY,
    TUNNEL_REFUSES,
    TUNNEL_ACCEPTS,
    WALL_CLOCK_JUMPS,
    RESTART_GATEWAY,
    KILL_GATEWAY
  }

  @TempDir private Path directory;

  private final long seed = Long.getLong("gatehouse.seed", System.nanoTime());
  private final RandomGenerator random = new SplittableRandom(seed);
  private final FakeStore store = new FakeStore();
  private final Map<Step, Integer> taken = new EnumMap<>(Step.class);
  private final List<String> recent = new ArrayList<>();
  private Bench bench;
  private Reference reference;
  private int keys = 20;
  private long allowed;
  private long refused;

  @BeforeEach
  void open() {
    bench = new Bench(directory, CONFIG, store);
    reference = new Reference(CONFIG, bench.context.time());
    bench.started();
    reference.started(store.contents(), true);
  }

  @AfterEach
  void close() {
    bench.kill();
  }

  @Test
  void everyPacketMeetsTheFateTheReferenceForetells() {
    System.out.println("seed " + seed);
    try {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "seed " + seed + ", last steps " + recent + ": " + e.getMessage(), e);
    }
    System.out.println("steps " + taken + ", allowed " + allowed + ", refused " + refused);
    assertThat(taken).as("every step was taken").containsOnlyKeys(Step.values());
    assertThat(allowed).isGreaterThan(STEPS / 100);
    assertThat(refused).isGreaterThan(STEPS / 100);
  }

  private void step() {
    var step = Step.values()[random.nextInt(Step.values().length)];
    if (step.ordinal() >= Step.RESTART_GATEWAY.ordinal() && random.nextInt(20) > 0) {
      step = Step.IDLE;
    }
    taken.merge(step, 1, Integer::sum);
    if (recent.size() == 12) {
      recent.removeFirst();
    }
    recent.add(step.name());
    perform(step);
    assertThat(reference.peersMatch(bench.tunnel.peers.values())).as("peers").isTrue();
    send();
  }

  private void perform(Step step) {
    switch (step) {
      case ADD_CLIENT -> edit(() -> store.put(Bench.client(anyClientId(), freshNumber())));
      case CHANGE_KEY -> withClient(this::changeKey);
      case CHANGE_CLIENT_ADDRESS -> withClient(this::changeAddress);
      case REMOVE_CLIENT ->
          withClient(client ->
              edit(() ->
                  store.removeClient(
                      client.id(), Deadline.after(Duration.ofSeconds(1), bench.context.time()))));
      case ADD_RESOURCE, CHANGE_RESOURCE -> edit(() -> store.put(anyResource()));
      case REMOVE_RESOURCE -> edit(() -> store.removeResource(anyResourceId()));
      case GRANT, EXTEND -> grant(anyResourceId());
      case GRANT_INTERNET -> {
        edit(() -> store.put(Bench.resource("net", "internet")));
        grant(new ResourceId("net"));
      }
      case REVOKE, REVOKE_WHILE_PARTITIONED -> revoke(step);
      case REVOKE_CLIENT -> withClient(this::revokeAllOf);
      case CONNECT -> withClient(this::connect);
      case DISCONNECT -> withClient(this::disconnect);
      case ROAM -> withClient(this::roam);
      case SEND -> send();
      case SEND_AND_ANSWER -> {
        send();
        send();
      }
      case IDLE -> advance(shortWhile());
      case IDLE_LONG -> advance(Duration.ofMillis(random.nextInt(60_000)));
      case LOSE_NOTIFICATIONS -> store.mute = true;
      case HEAR_NOTIFICATIONS -> store.mute = false;
      case STORE_DOWN -> store.down = true;
      case STORE_UP -> store.down = false;
      case FORGET_HISTORY -> store.forgetChanges();
      case TUNNEL_REFUSES -> bench.tunnel.refusing = true;
      case TUNNEL_ACCEPTS -> bench.tunnel.refusing = false;
      case WALL_CLOCK_JUMPS -> jump();
      case RESTART_GATEWAY -> restart(true);
      case KILL_GATEWAY -> restart(false);
    }
  }

  /** Changes the store; a notification that is heard makes the gateway look at once. */
  private void edit(Runnable change) {
    boolean watching = store.watchers() > 0;
    change.run();
    if (!store.mute && watching) {
      reference.looked(store.contents(), !store.down, !bench.tunnel.refusing);
    }
    bench.shard.run();
  }

  private void withClient(java.util.function.Consumer<Client> action) {
    var clients = store.contents().clients();
    if (!clients.isEmpty()) {
      action.accept(clients.get(random.nextInt(clients.size())));
    }
  }

  private int freshNumber() {
    keys = keys == 250 ? 20 : keys + 1;
    int wanted = keys;
    boolean used =
        store.contents().clients().stream()
            .anyMatch(client -> client.equals(Bench.client(client.id().value(), wanted)));
    return used ? freshNumber() : wanted;
  }

  private String anyClientId() {
    return "c" + random.nextInt(4);
  }

  private ResourceId anyResourceId() {
    return new ResourceId("r" + random.nextInt(5));
  }

  private Resource anyResource() {
    var destinations =
        List.of("10.0.0.0/24", "10.0.0.5", "10.0.0.0/8", "2001:db8::/32", "8.8.8.8", "a.example");
    var filters = new String[][] {{}, {"tcp/80"}, {"udp/53", "icmp"}, {"tcp/1-1000"}};
    return Bench.resource(
        anyResourceId().value(),
        destinations.get(random.nextInt(destinations.size())),
        filters[random.nextInt(filters.length)]);
  }

  /** A new key under the old addresses, as a client has that was set up anew. */
  private void changeKey(Client client) {
    var other = Bench.client(client.id().value(), freshNumber());
    edit(() ->
        store.put(
            new Client(
                client.id(),
                client.name(),
                other.publicKey(),
                Optional.empty(),
                client.addresses())));
    // The number of the key is taken from now on; the address of that number stays free.
    edit(() -> store.put(other));
  }

  private void changeAddress(Client client) {
    var other = Bench.client(client.id().value(), freshNumber());
    edit(() -> store.put(other));
  }

  private void grant(ResourceId resource) {
    boolean exists = store.contents().resources().stream().anyMatch(r -> r.id().equals(resource));
    if (!exists) {
      edit(() -> store.put(Bench.resource(resource.value(), "10.0.0.0/16")));
    }
    withClient(client -> {
      var now = bench.context.time().now();
      Optional<java.time.Instant> until =
          random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(now.plusMillis(random.nextInt(-100, 20_000)));
      edit(() ->
          store.put(
              new Authorization(new AuthorizationKey(client.id(), resource), now, until, "test")));
    });
  }

  private void revoke(Step step) {
    var held = store.contents().authorizations();
    if (step == Step.REVOKE_WHILE_PARTITIONED) {
      store.down = true;
    }
    if (!held.isEmpty()) {
      var key = held.get(random.nextInt(held.size())).key();
      edit(() -> store.revoke(key));
    }
  }

  private void revokeAllOf(Client client) {
    for (var held : store.contents().authorizations()) {
      if (held.key().client().equals(client.id())) {
        edit(() -> store.revoke(held.key()));
      }
    }
  }

  private void connect(Client client) {
    publish(
        new GatewayEvent.PeerConnected(
            bench.context.time().now(),
            client.id(),
            client.publicKey(),
            Endpoint.parse("192.0.2.1:51820")));
  }

  private void disconnect(Client client) {
    var reasons = DisconnectReason.values();
    publish(
        new GatewayEvent.PeerDisconnected(
            bench.context.time().now(),
            client.id(),
            client.publicKey(),
            reasons[random.nextInt(reasons.length)]));
  }

  private void roam(Client client) {
    publish(
        new GatewayEvent.PeerRoamed(
            bench.context.time().now(),
            client.id(),
            client.publicKey(),
            Endpoint.parse("[2001:db8::7]:4711")));
  }

  /** The reference is not told: a connection changes nothing. */
  private void publish(GatewayEvent event) {
    bench.context.events().publish(event);
    bench.shard.run();
  }

  private void advance(Duration by) {
    reference.advancing(by, store.contents(), !store.down, !bench.tunnel.refusing);
    bench.shard.advance(by);
    assertThat(reference.inStepWith(bench.context.time())).as("clocks agree").isTrue();
  }

  /** Often to just before or just after something is due. */
  private Duration shortWhile() {
    var due = reference.untilSomethingIsDue(random.nextInt(4)).plusNanos(random.nextInt(-1, 2));
    boolean soon = due.isPositive() && due.compareTo(Duration.ofMinutes(1)) < 0;
    return soon ? due : Duration.ofMillis(random.nextInt(4000));
  }

  private void jump() {
    var to = bench.context.time().now().plusMillis(random.nextInt(-30_000, 30_000));
    bench.context.time().setWall(to);
    reference.jumped(to);
  }

  private void restart(boolean graceful) {
    var wall = bench.context.time().now();
    if (graceful) {
      bench.close();
    } else {
      bench.kill();
    }
    store.forgetWatchers();
    bench = new Bench(directory, CONFIG, store);
    bench.context.time().setWall(wall);
    reference = new Reference(CONFIG, bench.context.time());
    bench.started();
    reference.started(store.contents(), !store.down);
  }

  /** A packet of some client to somewhere, or from somewhere to some client. */
  private void send() {
    var tunnelPeers = List.copyOf(bench.tunnel.peers.values());
    if (tunnelPeers.isEmpty()) {
      return;
    }
    var peer = tunnelPeers.get(random.nextInt(tunnelPeers.size()));
    var addresses = reference.addressesOf(peer.client());
    var outside =
        List.of("10.0.0.5", "10.0.0.9", "10.9.9.9", "2001:db8::5", "8.8.8.8", "100.64.0.1");
    var remote = Packets.address(outside.get(random.nextInt(outside.size())));
    var own = addresses.stream().filter(a -> a.isV4() == remote.isV4()).findFirst().orElseThrow();
    int protocol = new int[] {6, 17, remote.isV4() ? 1 : 58}[random.nextInt(3)];
    int port = new int[] {80, 53, 2000}[random.nextInt(3)];
    if (random.nextBoolean()) {
      var packet = Packets.packet(own, remote, protocol, 40000, port);
      boolean passed = !bench.fromPeer(peer.handle(), packet).isEmpty();
      check("from client", packet, passed, reference.fromClient(peer.client(), packet));
    } else {
      var packet = Packets.packet(remote, own, protocol, port, 40000);
      var batch = bench.shard.pool().acquire();
      Packets.add(batch, packet, PacketBatch.NO_PEER);
      bench.shard.send(Lane.FROM_TUN, batch);
      boolean passed = !bench.taken(Lane.TO_TUNNEL, peer.handle()).isEmpty();
      check("to client", packet, passed, reference.toClient(packet));
    }
    bench.taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER);
  }

  private void check(String direction, byte[] packet, boolean passed, String expected) {
    if (passed) {
      allowed++;
    } else {
      refused++;
    }
    if (passed != expected.equals("ALLOWED")) {
      throw new AssertionError(
          "%s: %s, but the reference says %s; packet %s, %s"
              .formatted(
                  direction,
                  passed ? "passed" : "refused",
                  expected,
                  java.util.HexFormat.of().formatHex(packet),
                  reference));
    }
  }
}
