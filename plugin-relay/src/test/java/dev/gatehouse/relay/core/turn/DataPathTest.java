package dev.gatehouse.relay.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.testkit.Allocations;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a datagram costs; {@code -Dgatehouse.relay.cost=true} prints the time, too. */
class DataPathTest {

  private static final int PACKETS = 200_000;
  private static final int FLOWS = 100;

  private final Lab lab;
  private final Endpoint[] clients = new Endpoint[FLOWS];
  private final Endpoint[] peers = new Endpoint[FLOWS];
  private final int[] relays = new int[FLOWS];

  DataPathTest() {
    var passwords = new HashMap<String, byte[]>();
    for (int i = 0; i < FLOWS; i++) {
      passwords.put("user" + i, new byte[] {'x'});
    }
    var credentials = new StaticCredentials(passwords);
    var quotas = new TurnSettings.Quotas(1, false, 9999, 9, 9, 9, 1L << 40, 1L << 40);
    lab =
        new Lab(Lab.with(Lab.settings(quotas), List.of(new Realm("firezone", credentials, false))));
    for (int i = 0; i < FLOWS; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (1000 + i)).user("user" + i, "x");
      var relayed = Guest.relayed(guest.call(Stun.ALLOCATE, Guest::udp), 0);
      guest.bind(0x4000, "203.0.113.9:" + (2000 + i));
      clients[i] = guest.at;
      peers[i] = Endpoint.parse("203.0.113.9:" + (2000 + i));
      relays[i] = guest.relay(relayed);
    }
  }

  @Test
  void channelDataAllocatesNothingEitherWay() {
    var slab = MemorySegment.ofArray(new byte[] {0x40, 0, 0, 4, 1, 2, 3, 4});
    var random = new Random(1);
    var order = random.ints(4096, 0, FLOWS).toArray();
    Runnable there = () -> fromClients(slab, order);
    Runnable back = () -> fromPeers(order);
    for (int i = 0; i < 5; i++) {
      there.run();
      back.run();
    }
    assertThat(Allocations.least(there, 1024)).isLessThan(1024);
    assertThat(Allocations.least(back, 1024)).isLessThan(1024);
    if (Boolean.getBoolean("gatehouse.relay.cost")) {
      System.out.println("ns per datagram: " + time(there) + " there, " + time(back) + " back");
    }
  }

  private static long time(Runnable task) {
    long start = System.nanoTime();
    task.run();
    return (System.nanoTime() - start) / PACKETS;
  }

  private void fromClients(MemorySegment slab, int[] order) {
    var server = lab.server();
    for (int i = 0; i < PACKETS; i++) {
      var client = clients[order[i & 4095]];
      int verdict =
          server.fromClient(
              client.address().high(),
              client.address().low(),
              client.port(),
              TurnClient.datagramLink(1),
              slab,
              0,
              8,
              lab.now);
      if (verdict != TurnServer.TO_PEER || server.payloadLength() != 4) {
        throw new AssertionError("verdict " + verdict);
      }
    }
  }

  private void fromPeers(int[] order) {
    var server = lab.server();
    for (int i = 0; i < PACKETS; i++) {
      int flow = order[i & 4095];
      var peer = peers[flow];
      int verdict =
          server.fromPeer(
              relays[flow], peer.address().high(), peer.address().low(), peer.port(), 4, lab.now);
      if (verdict != TurnServer.TO_CLIENT || server.channelHeader() != 0x4000_0004) {
        throw new AssertionError("verdict " + verdict);
      }
    }
  }
}
