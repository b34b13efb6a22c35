package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Packets;
import dev.gatehouse.testkit.CpuTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LifecycleTest {

  private static final byte[] REQUEST = Packets.tcp("100.64.0.10", 40000, "10.0.0.5", 80);
  private static final byte[] RESPONSE = Packets.tcp("10.0.0.5", 80, "100.64.0.10", 40000);

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory);
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.client("phone", 11));
    bench.store.put(Bench.resource("web", "10.0.0.0/24", "tcp/80"));
    bench.started();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void everyClientIsAPeerAlsoWithoutAuthorizations() {
    assertThat(bench.tunnel.peers.values())
        .extracting(peer -> peer.client().value())
        .containsExactly("laptop", "phone");
    assertThat(bench.status("peers")).isEqualTo(2);
  }

  @Test
  void withoutAuthorizationThePacketIsAnsweredAsProhibited() {
    assertThat(bench.fromClient("laptop", REQUEST)).isEmpty();

    var errors = bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"));
    assertThat(errors).hasSize(1);
    assertThat(Arrays.copyOfRange(errors.getFirst(), 20, 22)).containsExactly(3, 13);
    assertThat(bench.status("prohibited")).isEqualTo(1);
    assertThat(bench.drops("not_allowed")).isEqualTo(1);
  }

  @Test
  void anAuthorizationOpensBothDirectionsForItsClientOnly() {
    bench.authorize("laptop", "web", null);

    assertThat(bench.fromClient("laptop", REQUEST)).containsExactly(REQUEST);
    assertThat(bench.toClient("laptop", RESPONSE)).containsExactly(RESPONSE);
    assertThat(bench.passes("phone", Packets.tcp("100.64.0.11", 1, "10.0.0.5", 80))).isFalse();
    assertThat(bench.passes("laptop", Packets.tcp("100.64.0.10", 1, "10.0.0.5", 22))).isFalse();
  }

  @Test
  void aDisconnectChangesNothingAndNobodyListensToIt() {
    bench.authorize("laptop", "web", Duration.ofHours(8));
    var key = Bench.client("laptop", 10).publicKey();

    bench
        .context
        .events()
        .publish(
            new GatewayEvent.PeerDisconnected(
                bench.context.time().now(), new ClientId("laptop"), key, DisconnectReason.SILENT));
    bench.shard.advance(Duration.ofHours(1));

    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    assertThat(bench.tunnel.peers).hasSize(2);
    assertThat(bench.context.events().subscribed())
        .doesNotContain(
            GatewayEvent.class, GatewayEvent.PeerEvent.class, GatewayEvent.PeerDisconnected.class);
  }

  @Test
  void aRevocationTakesEffectWithTheNotification() {
    bench.authorize("laptop", "web", null);

    bench.store.revoke(Bench.key("laptop", "web"));
    bench.shard.run();

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
    assertThat(bench.toClient("laptop", RESPONSE)).isEmpty();
  }

  @Test
  void losingEveryNotificationDelaysARevocationByTheRefreshAtMost() {
    bench.authorize("laptop", "web", null);
    bench.store.mute = true;

    bench.store.revoke(Bench.key("laptop", "web"));
    bench.shard.run();
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    bench.shard.advance(PolicyConfig.DEFAULTS.refresh());

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void expiryCountsToTheNanosecondWithoutTheStoreSayingAnything() {
    bench.authorize("laptop", "web", Duration.ofMillis(2500));
    bench.store.mute = true;

    bench.shard.advance(Duration.ofMillis(2500).minusNanos(1));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    bench.shard.advance(Duration.ofNanos(1));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
    bench.shard.advance(Duration.ofSeconds(1));
    assertThat(bench.status("authorizations")).isZero();
  }

  @Test
  void aWallClockThatJumpsAheadExpiresWithinASecond() {
    bench.authorize("laptop", "web", Duration.ofHours(1));

    bench.context.time().setWall(bench.context.time().now().plus(Duration.ofHours(2)));
    bench.shard.advance(Duration.ofSeconds(1));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void whatWasSeenToExpireStaysExpiredWhenTheWallClockJumpsBack() {
    bench.authorize("laptop", "web", Duration.ofSeconds(2));
    bench.shard.advance(Duration.ofSeconds(3));

    bench.context.time().setWall(bench.context.time().now().minus(Duration.ofHours(2)));
    bench.store.forgetChanges();
    bench.store.put(Bench.client("other", 12));
    bench.shard.advance(Duration.ofSeconds(6));
    assertThat(bench.passes("laptop", REQUEST)).isFalse();

    bench.authorize("laptop", "web", Duration.ofHours(1));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
  }

  @Test
  void aBoardThatBootsIn1970AllowsOnlyWhatNeverEnds() {
    bench.store.knowsTime = false;
    bench.context.time().setWall(Instant.EPOCH);
    bench.authorize("laptop", "web", Duration.ofHours(1));
    bench.shard.advance(Duration.ofSeconds(1));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
    assertThat(bench.toClient("laptop", RESPONSE)).isEmpty();
    assertThat(bench.stage.status()).containsEntry("time-known", false);
    bench.authorize("laptop", "web", null);

    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    assertThat(bench.toClient("laptop", RESPONSE)).hasSize(1);
  }

  @Test
  void aGatewayThatStartsWithoutKnowingTheTimeRefusesTheVeryFirstPacket() {
    var store = new FakeStore();
    store.knowsTime = false;
    store.put(Bench.client("laptop", 10));
    store.put(Bench.resource("web", "10.0.0.0/24"));
    try (var board = new Bench(directory.resolve("board"), PolicyConfig.DEFAULTS, store)) {
      board.authorize("laptop", "web", Duration.ofHours(1));
      board.started();

      assertThat(board.passes("laptop", REQUEST)).isFalse();
    }
  }

  @Test
  void whatWasRefusedForWantOfTheTimeIsBackOnceTheClockIsSet() {
    bench.authorize("laptop", "web", Duration.ofHours(1));
    var now = bench.context.time().now();
    bench.store.knowsTime = false;
    bench.context.time().setWall(now.plus(Duration.ofDays(1)));
    bench.shard.advance(Duration.ofSeconds(5));
    assertThat(bench.passes("laptop", REQUEST)).isFalse();

    bench.store.knowsTime = true;
    bench.context.time().setWall(now.plusSeconds(6));
    bench.shard.advance(Duration.ofSeconds(1));

    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    assertThat(bench.stage.status()).containsEntry("time-known", true);
    bench.shard.advance(Duration.ofHours(1));
    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void aClockThatIsNoLongerBelievedCountsWithinASecond() {
    bench.authorize("laptop", "web", Duration.ofHours(1));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();

    bench.store.knowsTime = false;
    bench.shard.advance(Duration.ofSeconds(1));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void anExtensionCountsAtOnce() {
    bench.authorize("laptop", "web", Duration.ofSeconds(2));
    bench.authorize("laptop", "web", Duration.ofSeconds(10));

    bench.shard.advance(Duration.ofSeconds(9));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    bench.shard.advance(Duration.ofSeconds(1));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void withTheStoreDownWhatIsGrantedHoldsUntilThePartitionBudgetIsSpent() {
    bench.authorize("laptop", "web", null);
    bench.store.down = true;

    bench.shard.advance(Duration.ofHours(23));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    assertThat(bench.stage.health().problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("23 h").contains("unplugged"));
    bench.shard.advance(Duration.ofHours(1).plusSeconds(4));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
    assertThat(bench.toClient("laptop", RESPONSE)).isEmpty();
    assertThat(bench.stage.health().problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("all access is refused"));
    bench.store.down = false;
    bench.shard.advance(Duration.ofSeconds(3));
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
    assertThat(bench.stage.health().isOk()).isTrue();
  }

  @Test
  void withTheStoreDownAnAuthorizationStillExpires() {
    bench.authorize("laptop", "web", Duration.ofMinutes(10));
    bench.store.down = true;

    bench.shard.advance(Duration.ofMinutes(10));

    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void withTheStoreDownNothingNewIsGranted() {
    bench.store.down = true;
    bench.authorize("laptop", "web", null);

    bench.shard.advance(Duration.ofMinutes(1));
    assertThat(bench.passes("laptop", REQUEST)).isFalse();
    bench.store.down = false;
    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.passes("laptop", REQUEST)).isTrue();
  }

  @Test
  void aGapIsClosedByASnapshot() {
    bench.authorize("laptop", "web", null);
    int before = bench.store.snapshots;
    bench.store.mute = true;

    bench.store.revoke(Bench.key("laptop", "web"));
    bench.store.forgetChanges();
    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.store.snapshots).isEqualTo(before + 1);
    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void aStoreThatWentBackInTimeIsReadAnew() {
    bench.authorize("laptop", "web", null);

    bench.store.restoreEmptyBackup();
    int handle = bench.handle("laptop");
    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.tunnel.peers).isEmpty();
    assertThat(bench.fromPeer(handle, REQUEST)).isEmpty();
    assertThat(bench.drops("no_peer")).isEqualTo(1);
  }

  @Test
  void moreChangesOfOneVersionThanFitInOneAnswerAreNotLost() {
    bench.store.mute = true;
    for (int i = 0; i < 1500; i++) {
      bench.store.put(Bench.resource("r" + i, "10.9.0.0/24"));
      bench.authorize("laptop", "r" + i, null);
    }
    bench.shard.advance(Duration.ofSeconds(3));
    assertThat(bench.passes("laptop", Packets.udp("100.64.0.10", 1, "10.9.0.1", 1))).isTrue();

    bench.store.revokeAll();
    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.passes("laptop", Packets.udp("100.64.0.10", 1, "10.9.0.1", 1))).isFalse();
    assertThat(bench.status("authorizations")).isZero();
  }

  @Test
  void aRemovedClientLosesPeerAndAccessAtOnce() {
    bench.authorize("laptop", "web", null);
    int handle = bench.handle("laptop");

    bench.store.removeClient(
        new ClientId("laptop"), Deadline.after(Duration.ofSeconds(1), bench.context.time()));
    bench.shard.run();

    assertThat(bench.tunnel.peers).doesNotContainKey(handle);
    assertThat(bench.fromPeer(handle, REQUEST)).isEmpty();
    assertThat(bench.taken(Lane.TO_TUNNEL, handle)).isEmpty();
  }

  @Test
  void aClientMadeAnewUnderTheSameIdInheritsNeitherHandleNorAccess() {
    bench.authorize("laptop", "web", null);
    int before = bench.handle("laptop");

    bench.store.removeClient(
        new ClientId("laptop"), Deadline.after(Duration.ofSeconds(1), bench.context.time()));
    bench.store.put(Bench.client("laptop", 10));
    bench.shard.run();

    assertThat(bench.handle("laptop")).isNotEqualTo(before);
    assertThat(bench.passes("laptop", REQUEST)).isFalse();
  }

  @Test
  void aNewKeyMakesANewPeerSoThatPacketsUnderTheOldKeyAreRefused() {
    bench.authorize("laptop", "web", null);
    int before = bench.handle("laptop");
    var changed = Bench.client("laptop", 99);

    bench.store.put(
        new Client(
            changed.id(),
            changed.name(),
            changed.publicKey(),
            changed.presharedKey(),
            Bench.client("laptop", 10).addresses()));
    bench.shard.run();

    assertThat(bench.handle("laptop")).isNotEqualTo(before);
    assertThat(bench.fromPeer(before, REQUEST)).isEmpty();
    assertThat(bench.passes("laptop", REQUEST)).isTrue();
  }

  @Test
  void keysThatChangeHandsWithinOneLookReachTheTunnelInAPossibleOrder() {
    bench.store.mute = true;
    var laptop = Bench.client("laptop", 10);
    var phone = Bench.client("phone", 11);
    bench.store.put(withKeyOf(laptop, phone));
    bench.store.put(withKeyOf(phone, laptop));

    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.stage.health().isOk()).isTrue();
    assertThat(bench.tunnel.peers.values())
        .anyMatch(peer ->
            peer.client().equals(laptop.id()) && peer.publicKey().equals(phone.publicKey()));
  }

  private static Client withKeyOf(Client client, Client other) {
    return new Client(
        client.id(), client.name(), other.publicKey(), client.presharedKey(), client.addresses());
  }

  @Test
  void aPeerTheTunnelRefusedIsOfferedAgain() {
    bench.tunnel.refusing = true;
    bench.store.put(Bench.client("tablet", 12));
    bench.shard.run();
    assertThat(bench.stage.health().problem()).isPresent();

    bench.tunnel.refusing = false;
    bench.shard.advance(Duration.ofSeconds(3));

    assertThat(bench.handle("tablet")).isNotNegative();
    assertThat(bench.stage.health().isOk()).isTrue();
  }

  @Test
  void aQuietStoreCostsOneReadPerRefresh() {
    int before = bench.store.reads;

    bench.shard.advance(Duration.ofSeconds(30));

    assertThat(bench.store.reads - before).isEqualTo(10);
  }

  @Test
  void stoppingEndsTheWatch() throws InterruptedException {
    assertThat(bench.store.watchers()).isEqualTo(1);

    bench.stage.stop();

    assertThat(bench.store.watchers()).isZero();
  }

  @Test
  void aThousandClientsComeAndGoAndARevocationAmongThemIsQuick() {
    bench.store.mute = true;
    for (int i = 0; i < 1000; i++) {
      bench.store.put(wideClient(i));
      bench.store.put(
          new Authorization(
              Bench.key("w" + i, "web"), bench.context.time().now(), Optional.empty(), "test"));
    }
    bench.shard.advance(Duration.ofSeconds(3));
    assertThat(bench.tunnel.peers).hasSize(1002);
    bench.store.mute = false;

    long nanos =
        CpuTime.of(() -> {
          for (int i = 0; i < 100; i++) {
            bench.store.revoke(Bench.key("w" + i, "web"));
          }
        });

    System.out.printf(
        "revocation among 1000 clients: %.1f µs until the packet path knows%n", nanos / 100_000.0);
    assertThat(bench.status("authorizations")).isEqualTo(900);
    for (int i = 0; i < 1000; i++) {
      bench.store.removeClient(
          new ClientId("w" + i), Deadline.after(Duration.ofSeconds(1), bench.context.time()));
    }
    assertThat(bench.tunnel.peers).hasSize(2);
  }

  private static Client wideClient(int number) {
    var key = new byte[32];
    key[1] = (byte) (number >> 8);
    key[2] = (byte) number;
    key[3] = 1;
    return new Client(
        new ClientId("w" + number),
        "w",
        PublicKey.of(key),
        Optional.empty(),
        TunnelAddresses.of(List.of(IpAddress.v4(0x64410000 + number))));
  }
}
