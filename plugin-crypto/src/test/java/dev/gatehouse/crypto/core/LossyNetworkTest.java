package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Path;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Two tunnels over a network that loses, delays, reorders and duplicates, while the client changes
 * its address, for an hour of virtual time: nothing is delivered twice or altered, what the network
 * carried under a session arrives, and the connection never stays broken.
 */
class LossyNetworkTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 31337L);
  private static final int RUNS = Integer.getInteger("gatehouse.runs", 3);

  private record Flight(long at, long order, boolean up, Node.Datagram datagram, Path from) {}

  private static final class World {
    final Random random;
    final Node client;
    final Node gateway;
    final PriorityQueue<Flight> air =
        new PriorityQueue<>((one, other) ->
            one.at() != other.at()
                ? Long.compare(one.at(), other.at())
                : Long.compare(one.order(), other.order()));
    final double loss;
    final double duplicates;
    final long delay;
    Path clientPath;
    long now = Node.BEGIN;
    long order;
    final Map<Integer, byte[]> sent = new HashMap<>();
    final Set<Integer> arrived = new HashSet<>();

    World(long seed) {
      random = new Random(seed);
      client = new Node("192.0.2.1:1000", seed + 1);
      gateway = new Node("192.0.2.2:51820", seed + 2);
      clientPath = client.address;
      loss = random.nextDouble() * 0.3;
      duplicates = random.nextDouble() * 0.2;
      delay = Duration.ofMillis(1 + random.nextInt(200)).toNanos();
      client.knows(gateway, 1, true);
      gateway.knows(client, 1, false);
    }

    void run() {
      long end = now + Duration.ofHours(1).toNanos();
      while (now < end) {
        now += 1 + random.nextLong(Duration.ofMillis(400).toNanos());
        deliver();
        client.now = now;
        gateway.now = now;
        client.tick();
        gateway.tick();
        if (random.nextInt(2000) == 0) {
          clientPath = FakePath.to("198.51.100." + random.nextInt(256) + ":9");
        }
        if (random.nextInt(3) > 0) {
          say(client);
        } else if (gateway.peer(1).path() != null) {
          say(gateway);
        }
        launch();
      }
    }

    private void say(Node from) {
      int number = sent.size();
      var payload = ByteBuffer.allocate(4 + random.nextInt(900)).putInt(number).array();
      var packet = Packets.udp4(payload, 0);
      sent.put(number, packet);
      from.send(1, packet);
    }

    private void launch() {
      client.sent().forEach(datagram -> launch(true, datagram, clientPath));
      gateway.sent().forEach(datagram -> launch(false, datagram, gateway.address));
    }

    private void launch(boolean up, Node.Datagram datagram, Path from) {
      boolean reaches = up || datagram.path().equals(clientPath);
      if (!reaches || random.nextDouble() < loss) {
        return;
      }
      int copies = random.nextDouble() < duplicates ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        long due = now + delay + random.nextLong(delay);
        air.add(new Flight(due, order++, up, datagram, from));
      }
    }

    private void deliver() {
      while (!air.isEmpty() && air.element().at() <= now) {
        var flight = air.remove();
        var to = flight.up() ? gateway : client;
        to.now = flight.at();
        to.receive(List.of(flight.datagram()), flight.from());
        for (var packet : to.opened()) {
          int number = ByteBuffer.wrap(packet).getInt(28);
          assertThat(packet).isEqualTo(sent.get(number));
          assertThat(arrived.add(number)).as("packet %s arrives once", number).isTrue();
        }
      }
    }
  }

  @Test
  void nothingIsForgedOrDoubledAndTheConnectionRecovers() {
    System.out.println("lossy network: seed " + SEED);
    var shares = new ArrayList<Long>();
    for (int run = 0; run < RUNS; run++) {
      var world = new World(SEED + run);
      world.run();
      for (var node : List.of(world.client, world.gateway)) {
        assertThat(node.dropped(DropReason.FORGED)).as("forged, run %s", run).isZero();
        assertThat(node.dropped(DropReason.MALFORMED)).as("malformed, run %s", run).isZero();
      }
      long share = 100L * world.arrived.size() / world.sent.size();
      long carried = Math.round(100 * (1 - world.loss));
      assertThat(share)
          .as("percent arrived of %s carried, seed %s", carried, SEED + run)
          .isGreaterThan(carried - 12);
      shares.add(share - carried);
      assertThat(world.gateway.core.handshakes()).isBetween(25L, 80L);
      world.client.close();
      world.gateway.close();
    }
    System.out.println(
        "lossy network: arrived beyond what the network carried, percent: " + shares);
  }
}
