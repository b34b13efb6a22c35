package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Path;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Two tunnels over a network that loses, duplicates, delays and reorders, goes down for minutes,
 * and through an address translator that forgets; in virtual time. For every single datagram that
 * arrives {@link WireModel} says what must become of it: delivered or not, why not, and where the
 * peer is from then on.
 */
class PredictedNetworkTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 20261122L);
  private static final int PACKETS = Integer.getInteger("gatehouse.packets", 150_000);
  private static final int PACKETS_PER_WORLD = 15_000;

  private static final Duration HELD = Duration.ofMinutes(5);
  private static final Duration SLOWEST = Duration.ofMillis(4_500);

  private record Flight(
      long at, long number, boolean up, Node.Bytes content, Path to, Path from, long order) {

    byte[] bytes() {
      return content.array();
    }
  }

  /** One end, with what should become of what it gets. */
  private static final class End {
    final Node node;
    final WireModel model = new WireModel();
    long initiations;

    End(String endpoint, long seed) {
      node = new Node(endpoint, seed);
    }
  }

  private static final class World {
    final Random random;
    final long seed;
    final End client;
    final End gateway;
    final PriorityQueue<Flight> air =
        new PriorityQueue<>(Comparator.comparingLong(Flight::at).thenComparingLong(Flight::number));
    final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
    final Map<Integer, byte[]> said = new HashMap<>();
    final double loss;
    final double duplicates;
    final long delay;
    final long mappingLife;
    Path mapping = FakePath.to("198.51.100.1:1024");
    long mappedAt;
    long downUntil;
    long now = Node.BEGIN;
    long number;
    int sent;
    int delivered;
    int mappings = 1;

    World(long seed) {
      this.seed = seed;
      random = new Random(seed);
      client = new End("192.0.2.1:1000", seed + 1);
      gateway = new End("192.0.2.2:51820", seed + 2);
      loss = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.3;
      duplicates = random.nextDouble() * 0.2;
      delay = Duration.ofMillis(1 + random.nextInt(150)).toNanos();
      mappingLife = Duration.ofSeconds(20 + random.nextInt(100)).toNanos();
      client.node.knows(gateway.node, 1, true);
      gateway.node.knows(client.node, 1, false);
      client.model.knowsPath(gateway.node.address);
    }

    void run() {
      while (sent < PACKETS_PER_WORLD) {
        pass();
        deliver();
        for (var end : List.of(client, gateway)) {
          end.node.now = now;
          end.model.tick(now);
          end.node.tick();
        }
        launch();
        talk();
        launch();
      }
      client.node.close();
      gateway.node.close();
    }

    /** Mostly a moment, sometimes minutes, so that every timer has its turn. */
    private void pass() {
      int kind = random.nextInt(1000);
      if (kind < 3) {
        now += random.nextLong(Duration.ofMinutes(12).toNanos());
      } else if (kind < 40) {
        now += random.nextLong(Duration.ofSeconds(20).toNanos());
      } else {
        now += 1 + random.nextLong(Duration.ofMillis(200).toNanos());
      }
      if (random.nextInt(3000) == 0) {
        downUntil = now + random.nextLong(Duration.ofMinutes(4).toNanos());
      }
      if (random.nextInt(1500) == 0) {
        newMapping();
      }
    }

    private void newMapping() {
      mapping = FakePath.to("198.51.100." + random.nextInt(256) + ":" + (1024 + mappings++));
    }

    private void talk() {
      var end = random.nextInt(3) > 0 ? client : gateway;
      if (end.model.path() == null) {
        return;
      }
      boolean burst = random.nextInt(200) == 0;
      int packets = burst ? 200 : 1 + random.nextInt(4);
      // Now and then more than the replay window holds, so that late ones fall out of it.
      packets = burst && random.nextInt(12) == 0 ? 9_000 : packets;
      for (int i = 0; i < packets; i++) {
        var payload = ByteBuffer.allocate(4 + random.nextInt(40)).putInt(said.size()).array();
        var packet = Packets.udp4(payload, 0);
        said.put(said.size(), packet);
        end.node.send(1, packet);
        sent++;
        if (i % 16 == 15) {
          launch();
        }
      }
    }

    private void launch() {
      launch(client, true);
      launch(gateway, false);
    }

    private void launch(End from, boolean up) {
      for (var datagram : from.node.sent()) {
        var bytes = datagram.bytes().array();
        from.model.sends(bytes, from.node.now);
        long order = bytes[0] == Messages.INITIATION ? from.initiations++ : -1;
        assertThat(datagram.path()).as("sent to, seed %s", seed).isEqualTo(from.model.path());
        launch(up, bytes, datagram.path(), order);
      }
    }

    private void launch(boolean up, byte[] bytes, Path to, long order) {
      var content = Node.Bytes.of(bytes);
      if (up) {
        if (now - mappedAt > mappingLife) {
          newMapping();
        }
        mappedAt = now;
      }
      var from = up ? mapping : gateway.node.address;
      int copies = random.nextDouble() < duplicates ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        if (now < downUntil || random.nextDouble() < loss) {
          continue;
        }
        boolean slow = random.nextInt(50) == 0;
        // Some packets lie somewhere for minutes, or someone holds them back.
        boolean held = bytes[0] == Messages.DATA && random.nextInt(300) == 0;
        long due = now + delay + random.nextLong(slow ? SLOWEST.toNanos() - delay : delay);
        due += held ? random.nextLong(HELD.toNanos()) : 0;
        air.add(new Flight(due, number++, up, content, to, from, order));
      }
    }

    private void deliver() {
      while (!air.isEmpty() && air.element().at() <= now) {
        var flight = air.remove();
        // What goes to a mapping that is no more ends at the translator.
        if (flight.up() || flight.to().equals(mapping)) {
          arrive(flight, flight.up() ? gateway : client);
        }
      }
    }

    private void arrive(Flight flight, End end) {
      var node = end.node;
      node.now = flight.at();
      end.model.tick(node.now);
      node.tick();
      launch();
      var before = Arrays.stream(DropReason.values()).mapToLong(node::dropped).toArray();
      var verdict = end.model.receives(flight.bytes(), flight.order(), flight.from(), node.now);
      node.receive(flight.bytes(), flight.from());
      var what =
          "type %d to %s at %d, seed %d"
              .formatted(flight.bytes()[0], flight.up() ? "gateway" : "client", node.now, seed);
      assertThat(dropped(node, before)).as(what).isEqualTo(verdict.dropped());
      var opened = node.opened();
      assertThat(opened).as(what).hasSize(verdict.delivers() ? 1 : 0);
      for (var packet : opened) {
        assertThat(packet).as(what).isEqualTo(said.get(ByteBuffer.wrap(packet).getInt(28)));
        delivered++;
      }
      var out = node.sent();
      boolean answered =
          !out.isEmpty() && out.getFirst().bytes().list().getFirst() == Messages.RESPONSE;
      assertThat(answered).as(what).isEqualTo(verdict.answers());
      for (var datagram : out) {
        var bytes = datagram.bytes().array();
        end.model.sends(bytes, node.now);
        long order = bytes[0] == Messages.INITIATION ? end.initiations++ : -1;
        launch(!flight.up(), bytes, datagram.path(), order);
      }
      assertThat(node.peer(1).path()).as(what).isEqualTo(end.model.path());
      if (verdict.dropped() != null) {
        drops.merge(Objects.requireNonNull(verdict.dropped()), 1, Integer::sum);
      }
    }

    /** Why the node dropped the datagram; null if it did not. */
    private static @Nullable DropReason dropped(Node node, long[] before) {
      DropReason found = null;
      for (var reason : DropReason.values()) {
        long more = node.dropped(reason) - before[reason.ordinal()];
        // What waited for a session and was given up is another matter.
        if (more > 0 && reason != DropReason.NO_SESSION) {
          assertThat(found).isNull();
          assertThat(more).isEqualTo(1);
          found = reason;
        }
      }
      return found;
    }
  }

  @Test
  void everyDatagramBecomesWhatTheModelSays() {
    System.out.println("predicted network: seed " + SEED);
    int sent = 0;
    int delivered = 0;
    int mappings = 0;
    long handshakes = 0;
    var drops = new EnumMap<DropReason, Integer>(DropReason.class);
    for (int i = 0; sent < PACKETS; i++) {
      var world = new World(SEED + 1000L * i);
      world.run();
      sent += world.sent;
      delivered += world.delivered;
      mappings += world.mappings;
      handshakes += world.client.node.core.handshakes();
      world.drops.forEach((reason, count) -> drops.merge(reason, count, Integer::sum));
    }
    System.out.printf(
        "predicted network: %d packets sent, %d delivered, %d handshakes, %d addresses, dropped %s%n",
        sent, delivered, handshakes, mappings, drops);
    assertThat(drops)
        .as("the network was bad enough to see everything")
        .containsKeys(
            DropReason.REPLAYED,
            DropReason.UNKNOWN_RECEIVER,
            DropReason.SESSION_TOO_OLD,
            DropReason.HANDSHAKE_REJECTED);
    assertThat(delivered).isGreaterThan(sent / 2);
  }
}
