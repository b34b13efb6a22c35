package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TunnelCoreTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private final Node client = new Node("192.0.2.1:1000", 1);
  private final Node gateway = new Node("192.0.2.2:51820", 2);

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  private void introduce() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
  }

  /** Carries datagrams to and fro until there are none. */
  private void exchange() {
    while (true) {
      var up = client.sent();
      gateway.receive(up, client.address);
      var down = gateway.sent();
      client.receive(down, gateway.address);
      if (up.isEmpty() && down.isEmpty()) {
        return;
      }
    }
  }

  private void connect() {
    introduce();
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  private void pass(Duration time) {
    client.now += time.toNanos();
    gateway.now += time.toNanos();
  }

  @Test
  void aPacketWithoutSessionWaitsForTheHandshakeAndArrives() {
    connect();
    assertThat(client.news).containsExactly("connected 1");
    assertThat(gateway.news).containsExactly("connected 1");
    assertThat(gateway.peer(1).path()).isEqualTo(client.address);
    assertThat(client.core.handshakes()).isEqualTo(1);
    assertThat(gateway.core.handshakes()).isEqualTo(1);
    assertThat(client.drops.total() + gateway.drops.total()).isZero();
  }

  @Test
  void packetsGoBothWays() {
    connect();
    gateway.send(1, PACKET);
    exchange();
    assertThat(client.opened()).containsExactly(PACKET);
    assertThat(client.peer(1).sentBytes()).isEqualTo(gateway.peer(1).receivedBytes());
    assertThat(gateway.peer(1).sentBytes()).isEqualTo(client.peer(1).receivedBytes());
  }

  @Test
  void messagesHaveTheSizesOfThePaper() {
    introduce();
    client.send(1, PACKET);
    var initiation = client.sent();
    assertThat(sizes(initiation)).containsExactly(148);
    gateway.receive(initiation, client.address);
    var response = gateway.sent();
    assertThat(sizes(response)).containsExactly(92);
    client.receive(response, gateway.address);
    assertThat(sizes(client.sent())).containsExactly(32 + 128);
  }

  private static List<Integer> sizes(List<Node.Datagram> datagrams) {
    return datagrams.stream().map(datagram -> datagram.bytes().list().size()).toList();
  }

  @Test
  void presharedKeysMustMatch() {
    var psk =
        SecretKey.of(
            new byte[] {
              7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
              7, 7, 7
            });
    client.knows(gateway.key(), 1, gateway.address, Timing.STANDARD, Duration.ZERO, psk);
    gateway.knows(client, 1, false);
    client.send(1, PACKET);
    exchange();
    assertThat(client.news).isEmpty();
    assertThat(gateway.news).isEmpty();
    assertThat(client.dropped(DropReason.HANDSHAKE_REJECTED)).isEqualTo(1);

    gateway.knows(client.key(), 1, null, Timing.STANDARD, Duration.ZERO, psk);
    pass(Duration.ofSeconds(6));
    client.tick();
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void strangersAreMetWithSilence() {
    client.knows(gateway, 1, true);
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.dropped(DropReason.HANDSHAKE_REJECTED)).isEqualTo(1);
    assertThat(client.news).isEmpty();
  }

  @Test
  void aReplayedInitiationIsRefused() {
    introduce();
    client.send(1, PACKET);
    var initiation = client.sent();
    gateway.receive(initiation, client.address);
    assertThat(gateway.sent()).hasSize(1);
    pass(Duration.ofSeconds(1));
    gateway.receive(initiation, FakePath.to("203.0.113.9:9"));
    assertThat(gateway.sent()).isEmpty();
    assertThat(gateway.dropped(DropReason.HANDSHAKE_REJECTED)).isEqualTo(1);
    assertThat(gateway.peer(1).path()).isEqualTo(client.address);
  }

  @Test
  void aReplayedPacketIsRefused() {
    connect();
    client.send(1, PACKET);
    var data = client.sent();
    gateway.receive(data, client.address);
    gateway.receive(data, FakePath.to("203.0.113.9:9"));
    assertThat(gateway.opened()).containsExactly(PACKET);
    assertThat(gateway.dropped(DropReason.REPLAYED)).isEqualTo(1);
    assertThat(gateway.peer(1).path()).isEqualTo(client.address);
  }

  @Test
  void theGatewayFollowsAClientThatRoams() {
    connect();
    var elsewhere = FakePath.to("198.51.100.7:4242");
    client.send(1, PACKET);
    gateway.receive(client.sent(), elsewhere);
    assertThat(gateway.peer(1).path()).isEqualTo(elsewhere);
    assertThat(gateway.news).containsExactly("connected 1", "roamed 1 198.51.100.7:4242");
    gateway.send(1, PACKET);
    assertThat(gateway.sent().getFirst().path()).isEqualTo(elsewhere);
  }

  @Test
  void aLatePacketFromTheOldPathDoesNotRoamBack() {
    connect();
    client.send(1, PACKET);
    var early = client.sent();
    client.send(1, PACKET);
    var elsewhere = FakePath.to("198.51.100.7:4242");
    gateway.receive(client.sent(), elsewhere);
    gateway.receive(early, client.address);
    assertThat(gateway.opened()).hasSize(2);
    assertThat(gateway.peer(1).path()).isEqualTo(elsewhere);
  }

  @Test
  void forgedPacketsChangeNothing() {
    connect();
    client.send(1, PACKET);
    var data = client.sent().getFirst().bytes().array();
    for (int i = 0; i < data.length; i++) {
      var forged = data.clone();
      forged[i] ^= 0x10;
      gateway.receive(forged, FakePath.to("203.0.113.9:9"));
    }
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.peer(1).path()).isEqualTo(client.address);
    gateway.receive(data, client.address);
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void bothCallingAtOnceEndsWithAWorkingSession() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, true);
    client.send(1, PACKET);
    gateway.send(1, PACKET);
    var up = client.sent();
    var down = gateway.sent();
    gateway.receive(up, client.address);
    client.receive(down, gateway.address);
    exchange();
    assertThat(client.opened()).containsExactly(PACKET);
    assertThat(gateway.opened()).containsExactly(PACKET);
    client.send(1, PACKET);
    gateway.send(1, PACKET);
    exchange();
    assertThat(client.opened()).containsExactly(PACKET);
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void aNewKeyEndsTheSessionsAndAChangedKeepaliveDoesNot() {
    connect();
    gateway.knows(client, 1, false, Timing.STANDARD, Duration.ofSeconds(20));
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
    gateway.knows(
        PublicKey.of(
            Curve25519.publicKey(
                new byte[] {
                  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                  24, 25, 26, 27, 28, 29, 30, 31, 32
                })),
        1,
        null,
        Timing.STANDARD,
        Duration.ZERO,
        null);
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.dropped(DropReason.UNKNOWN_RECEIVER)).isEqualTo(1);
    assertThat(gateway.news).containsExactly("connected 1", "disconnected 1 REMOVED");
  }

  @Test
  void aRemovedPeerIsAStranger() {
    connect();
    gateway.core.removePeer(1);
    assertThat(gateway.news).containsExactly("connected 1", "disconnected 1 REMOVED");
    assertThat(gateway.core.peers()).isEmpty();
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).isEmpty();
    gateway.send(1, PACKET);
    assertThat(gateway.dropped(DropReason.NO_PEER)).isEqualTo(1);
  }

  @Test
  void twoPeersCannotHaveOneKey() {
    introduce();
    assertThatThrownBy(() -> gateway.knows(client, 2, false))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("already");
  }

  @Test
  void aKeyOfLowOrderIsRefused() {
    for (var bad :
        List.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")) {
      var key = PublicKey.of(HexFormat.of().parseHex(bad));
      assertThatThrownBy(() -> gateway.knows(key, 5, null, Timing.STANDARD, Duration.ZERO, null))
          .isInstanceOf(GatehouseException.class);
    }
  }

  @Test
  void withoutEndpointPacketsAreDroppedNotKept() {
    introduce();
    gateway.send(1, PACKET);
    assertThat(gateway.dropped(DropReason.NO_SESSION)).isEqualTo(1);
    assertThat(gateway.sent()).isEmpty();
  }

  @Test
  void waitingPacketsAreBoundedAndTheNewestStay() {
    client.knows(gateway, 1, true);
    for (int i = 0; i < 1000; i++) {
      client.send(1, Packets.udp4(new byte[] {(byte) (i >> 8), (byte) i}, 0));
    }
    assertThat(client.dropped(DropReason.NO_SESSION)).isEqualTo(1000 - WaitingPackets.MOST_ENTRIES);
    gateway.knows(client, 1, false);
    exchange();
    var opened = gateway.opened();
    assertThat(opened).hasSize(WaitingPackets.MOST_ENTRIES);
    assertThat(opened.getLast()).isEqualTo(Packets.udp4(new byte[] {999 >> 8, (byte) 999}, 0));
  }

  @Test
  void fullLanesAndEmptyPoolsLoseCountedPackets() {
    connect();
    client.laneFull(true, false);
    client.send(1, PACKET);
    assertThat(client.dropped(DropReason.LANE_FULL)).isEqualTo(1);
    client.laneFull(false, false);
    client.send(1, PACKET);
    var data = client.sent();
    gateway.laneFull(false, true);
    gateway.receive(data, client.address);
    assertThat(gateway.dropped(DropReason.LANE_FULL)).isEqualTo(1);

    var batch = client.pool.acquire();
    Node.add(batch, 1, PACKET, 0);
    var rest = new ArrayList<dev.gatehouse.api.packet.PacketBatch>();
    while (client.pool.inFlight() < client.pool.capacity()) {
      rest.add(client.pool.acquire());
    }
    client.core.toTunnel(batch, client.now);
    assertThat(client.dropped(DropReason.POOL_EMPTY)).isEqualTo(1);
    rest.forEach(dev.gatehouse.api.packet.PacketBatch::close);
  }

  @Test
  void ecnIsCopiedOutAndComesBackInByTheTableOfRfc6040() {
    connect();
    int dropped = 4; // in place of the mark
    int[][] table = {{0, 0, 0, dropped}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};
    for (int inner = 0; inner < 4; inner++) {
      for (int outer = 0; outer < 4; outer++) {
        client.send(1, Packets.udp4(new byte[40], inner));
        var sent = client.sent().getFirst();
        assertThat(sent.ecn()).isEqualTo(inner);
        gateway.receive(
            List.of(new Node.Datagram(sent.bytes(), sent.path(), outer)), client.address);
        int expected = table[inner][outer];
        assertThat(gateway.opened())
            .as("inner %s, outer %s", inner, outer)
            .usingElementComparator(Arrays::compare)
            .isEqualTo(
                expected == dropped ? List.of() : List.of(Packets.udp4(new byte[40], expected)));
      }
    }
    assertThat(gateway.dropped(DropReason.CONGESTION)).isEqualTo(1);
    var six = Packets.tcp6(new byte[9], 5, 0x10);
    six[1] |= 0x20;
    client.send(1, six);
    var sent = client.sent().getFirst();
    assertThat(sent.ecn()).isEqualTo(2);
    gateway.receive(List.of(new Node.Datagram(sent.bytes(), sent.path(), 3)), client.address);
    six[1] |= 0x30;
    assertThat(gateway.opened()).containsExactly(six);
  }

  @Test
  void whatIsNotAnIpPacketInsideIsDropped() {
    connect();
    var random = new Random(3);
    var longer = Packets.udp4(new byte[10], 0);
    longer[3] = 90;
    var shorter = Packets.udp4(new byte[10], 0);
    Packets.put16(shorter, 2, 12);
    for (var bad :
        List.of(
            new byte[] {0x45},
            new byte[] {0x60, 0, 0, 0},
            Packets.random(random, 3),
            longer,
            shorter,
            new byte[64])) {
      client.send(1, bad);
    }
    exchange();
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.dropped(DropReason.MALFORMED)).isEqualTo(6);
  }

  @Test
  void stoppingTellsThatConnectionsEnd() {
    connect();
    gateway.core.close();
    assertThat(gateway.news).containsExactly("connected 1", "disconnected 1 STOPPING");
  }
}
