package dev.gatehouse.relay.core.turn;

import static dev.gatehouse.relay.core.turn.Guest.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Permissions, channels and data. */
class PeersTest {

  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final String PEER = "203.0.113.9:5000";

  private final Lab lab = new Lab();
  private final Guest alice = new Guest(lab, "203.0.113.5:40000");
  private final Endpoint relayed;
  private final int relay;

  PeersTest() {
    relayed = Guest.relayed(alice.call(Stun.ALLOCATE, Guest::udp), 0);
    relay = alice.relay(relayed);
  }

  @Test
  void withoutPermissionNothingPasses() {
    assertThat(alice.send(PEER, DATA).verdict()).isEqualTo(TurnServer.DONE);
    assertThat(arrives(PEER).verdict()).isEqualTo(TurnServer.DONE);
    assertThat(lab.server().counters().dropped(TurnDrop.NO_PERMISSION)).isEqualTo(2);
  }

  @Test
  void withPermissionIndicationsPassBothWaysForEveryPort() {
    assertThat(alice.permit("203.0.113.9")).isZero();
    var sent = alice.send("203.0.113.9:1234", DATA);
    assertThat(sent.verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(sent.peer()).isEqualTo(Endpoint.parse("203.0.113.9:1234"));
    assertThat(sent.bytes()).isEqualTo(DATA);
    assertThat(sent.relay()).isEqualTo(relay);
    var received = arrives("203.0.113.9:4321");
    assertThat(received.verdict()).isEqualTo(TurnServer.TO_CLIENT_IN_INDICATION);
    assertThat(received.peer()).isEqualTo(alice.at);
    var indication = new StunReader();
    assertThat(indication.read(received.bytes(), 0, received.bytes().length))
        .isEqualTo(StunReader.OK);
    assertThat(indication.method()).isEqualTo(Stun.DATA_METHOD);
    assertThat(indication.messageClass()).isEqualTo(Stun.INDICATION);
    assertThat(indication.value(Stun.DATA)).isEqualTo(DATA);
    assertThat(indication.xorAddress(indication.find(Stun.XOR_PEER_ADDRESS))).isTrue();
    assertThat(indication.port()).isEqualTo(4321);
  }

  @Test
  void aPermissionLivesForFiveMinutes() {
    alice.permit("203.0.113.9");
    lab.passNanos(300 * Lab.SECOND - 1);
    assertThat(arrives(PEER).verdict()).isNotZero();
    lab.passNanos(1);
    assertThat(arrives(PEER).verdict()).isZero();
    assertThat(alice.send(PEER, DATA).verdict()).isZero();
  }

  @Test
  void permissionsComeAllOrNone() {
    var answer =
        alice.call(
            Stun.CREATE_PERMISSION,
            to -> {
              Guest.peer("203.0.113.9:0").accept(to);
              Guest.peer("127.0.0.1:0").accept(to);
            });
    assertThat(code(answer)).isEqualTo(403);
    assertThat(arrives(PEER).verdict()).isZero();
    assertThat(lab.server().permissions()).isZero();
    assertThat(code(alice.call(Stun.CREATE_PERMISSION, Guest::nothing))).isEqualTo(400);
    assertThat(code(alice.call(Stun.CREATE_PERMISSION, Guest.peer("[2001:db8::9]:0"))))
        .isEqualTo(443);
  }

  @Test
  void permissionsAreCappedAndOldOnesMakeRoom() {
    for (int i = 1; i <= 8; i++) {
      assertThat(alice.permit("203.0.113." + (100 + i))).isZero();
    }
    assertThat(alice.permit("203.0.113.200")).isEqualTo(508);
    assertThat(alice.permit("203.0.113.101")).isZero();
    lab.pass(299);
    alice.refresh(600);
    lab.pass(2);
    assertThat(alice.permit("203.0.113.200")).isZero();
  }

  @Test
  void aChannelCarriesDataBothWays() {
    assertThat(alice.bind(0x4000, PEER)).isZero();
    var sent = alice.channelData(0x4000, DATA);
    assertThat(sent.verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(sent.peer()).isEqualTo(Endpoint.parse(PEER));
    assertThat(sent.bytes()).isEqualTo(DATA);
    var received = arrives(PEER);
    assertThat(received.verdict()).isEqualTo(TurnServer.TO_CLIENT);
    assertThat(received.bytes()).containsExactly(0x40, 0, 0, 5, 1, 2, 3, 4, 5);
  }

  @Test
  void anEmptyDatagramIsADatagram() {
    alice.bind(0x4000, PEER);
    assertThat(alice.channelData(0x4000, new byte[0]).verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(lab.fromPeer(lab.loop(), relay, Endpoint.parse(PEER), new byte[0]).bytes())
        .containsExactly(0x40, 0, 0, 0);
  }

  @Test
  void framesOfStreamsArePadded() {
    var stream = new Guest(lab, lab.loop(), "203.0.113.5:1001", TurnClient.streamLink(5));
    var at = Guest.relayed(stream.call(Stun.ALLOCATE, Guest::udp), 0);
    stream.bind(0x4000, PEER);
    var received = lab.fromPeer(lab.loop(), stream.relay(at), Endpoint.parse(PEER), DATA);
    assertThat(received.bytes()).containsExactly(0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0);
  }

  @Test
  void aChannelIsForItsPeersPortAlone() {
    alice.bind(0x4000, PEER);
    var other = arrives("203.0.113.9:5001");
    assertThat(other.verdict()).isEqualTo(TurnServer.TO_CLIENT_IN_INDICATION);
    lab.pass(301);
    assertThat(arrives("203.0.113.9:5001").verdict()).isZero();
    assertThat(arrives(PEER).verdict()).isEqualTo(TurnServer.TO_CLIENT);
  }

  @Test
  void whereTheRfcIsMeantStrictlyAChannelNeedsAPermissionToo() {
    var strict =
        new Lab(Lab.with(Lab.settings(), new TurnSettings.Compatibility(false, false, true, null)));
    var guest = new Guest(strict, "203.0.113.5:40000");
    var at = Guest.relayed(guest.call(Stun.ALLOCATE, Guest::udp), 0);
    guest.bind(0x4000, PEER);
    var peer = Endpoint.parse(PEER);
    int socket = guest.relay(at);
    assertThat(strict.fromPeer(strict.loop(), socket, peer, DATA).verdict()).isNotZero();
    strict.pass(301);
    assertThat(strict.fromPeer(strict.loop(), socket, peer, DATA).verdict()).isZero();
    guest.permit("203.0.113.9");
    assertThat(strict.fromPeer(strict.loop(), socket, peer, DATA).verdict())
        .isEqualTo(TurnServer.TO_CLIENT);
  }

  @Test
  void aChannelEndsAfterTenMinutesAndItsPairStaysTogetherForFiveMore() {
    alice.refresh(3600);
    alice.bind(0x4000, PEER);
    lab.passNanos(600 * Lab.SECOND - 1);
    assertThat(alice.channelData(0x4000, DATA).verdict()).isNotZero();
    lab.passNanos(1);
    assertThat(alice.channelData(0x4000, DATA).verdict()).isZero();
    assertThat(arrives(PEER).verdict()).isZero();
    assertThat(alice.bind(0x4000, "203.0.113.9:5001")).isEqualTo(400);
    assertThat(alice.bind(0x4001, PEER)).isEqualTo(400);
    lab.passNanos(300 * Lab.SECOND - 1);
    assertThat(alice.bind(0x4001, PEER)).isEqualTo(400);
    lab.passNanos(1);
    assertThat(alice.bind(0x4001, PEER)).isZero();
    assertThat(alice.bind(0x4000, "203.0.113.9:5001")).isZero();
  }

  @Test
  void aChannelIsRefreshedByBindingItAgain() {
    alice.refresh(3600);
    alice.bind(0x4000, PEER);
    lab.pass(900 - 1);
    assertThat(alice.bind(0x4000, PEER)).isZero();
    lab.pass(599);
    assertThat(alice.channelData(0x4000, DATA).verdict()).isNotZero();
    assertThat(lab.server().channels()).isOne();
  }

  @Test
  void oneNumberIsOnePeerAndOnePeerIsOneNumber() {
    alice.bind(0x4000, PEER);
    assertThat(alice.bind(0x4000, "203.0.113.9:5001")).isEqualTo(400);
    assertThat(alice.bind(0x4001, PEER)).isEqualTo(400);
    assertThat(alice.bind(0x4001, "203.0.113.9:5001")).isZero();
    assertThat(alice.bind(0x4000, "203.0.113.9:5001")).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 0x3fff, 0x5000, 0x7fff, 0x8000, 0xffff})
  void numbersOutsideTheRangeAreBadRequests(int number) {
    assertThat(alice.bind(number, PEER)).isEqualTo(400);
  }

  @Test
  void oldClientsMayHaveTheWideRange() {
    var wide =
        new Lab(Lab.with(Lab.settings(), new TurnSettings.Compatibility(true, false, false, null)));
    var guest = new Guest(wide, "203.0.113.5:40000");
    guest.allocate();
    assertThat(guest.bind(0x7fff, PEER)).isZero();
    assertThat(guest.channelData(0x7fff, DATA).verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(guest.bind(0x8000, PEER)).isEqualTo(400);
  }

  @Test
  void channelsAreCapped() {
    for (int i = 0; i < 8; i++) {
      assertThat(alice.bind(0x4000 + i, "203.0.113.9:" + (6000 + i))).isZero();
    }
    assertThat(alice.bind(0x4008, "203.0.113.9:7000")).isEqualTo(508);
    assertThat(alice.bind(0x4000, "203.0.113.9:6000")).isZero();
  }

  @Test
  void aPeerWithoutAPortIsABadRequest() {
    assertThat(alice.bind(0x4000, "203.0.113.9:0")).isEqualTo(400);
  }

  @Test
  void surplusBytesOfADatagramArePaddingOrMakeItMalformed() {
    alice.bind(0x4000, PEER);
    for (int surplus = 0; surplus <= 4; surplus++) {
      var bytes = new byte[4 + 5 + surplus];
      bytes[0] = 0x40;
      bytes[3] = 5;
      var delivery = alice.give(bytes);
      assertThat(delivery.verdict()).isEqualTo(surplus < 4 ? TurnServer.TO_PEER : 0);
      assertThat(delivery.bytes()).hasSize(surplus < 4 ? 5 : 0);
    }
    assertThat(alice.give(new byte[] {0x40, 0, 0, 5, 1, 2, 3, 4}).verdict()).isZero();
  }

  @Test
  void anAllocationEndsOnTimeWithEverythingInIt() {
    alice.bind(0x4000, PEER);
    lab.passNanos(600 * Lab.SECOND - 1);
    alice.bind(0x4000, PEER);
    lab.passNanos(1);
    assertThat(alice.channelData(0x4000, DATA).verdict()).isZero();
    assertThat(arrives(PEER).verdict()).isZero();
    assertThat(code(alice.refresh(600))).isEqualTo(437);
    lab.pass(1);
    assertThat(lab.loop().sockets).isEmpty();
    assertThat(lab.server().channels()).isZero();
    assertThat(lab.server().permissions()).isZero();
    assertThat(lab.group.allocations()).isZero();
    assertThat(lab.server().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void lifetimesAreRaisedAndCut() {
    assertThat(alice.refresh(1).firstU32(Stun.LIFETIME)).isEqualTo(60);
    assertThat(alice.refresh(100_000).firstU32(Stun.LIFETIME)).isEqualTo(3600);
    assertThat(alice.refresh(-1).firstU32(Stun.LIFETIME)).isEqualTo(3600);
    assertThat(alice.refresh(60).firstU32(Stun.LIFETIME)).isEqualTo(60);
    lab.pass(61);
    assertThat(lab.loop().sockets).isEmpty();
  }

  @Test
  void endingTheAllocationEndsItsChannelsAndIsAnsweredTheSameTwice() {
    alice.bind(0x4000, PEER);
    assertThat(alice.refresh(0).firstU32(Stun.LIFETIME)).isZero();
    byte[] first = lab.loop().last().bytes();
    assertThat(alice.channelData(0x4000, DATA).verdict()).isZero();
    alice.give(alice.sameRequest(Stun.REFRESH, to -> to.number(Stun.LIFETIME, 0)));
    assertThat(lab.loop().last().bytes()).isEqualTo(first);
    assertThat(code(alice.refresh(0))).isEqualTo(437);
  }

  @Test
  void oneFamilyOfTwoCanBeEnded() {
    var both = new Guest(lab, "203.0.113.6:1001");
    both.allocateBoth();
    both.bind(0x4000, "[2001:db8::9]:5000");
    both.bind(0x4001, PEER);
    var answer =
        both.call(
            Stun.REFRESH,
            to -> {
              to.number(Stun.LIFETIME, 0);
              to.number(Stun.REQUESTED_ADDRESS_FAMILY, Stun.IPV6 << 24);
            });
    assertThat(code(answer)).isZero();
    assertThat(both.channelData(0x4000, DATA).verdict()).isZero();
    assertThat(both.channelData(0x4001, DATA).verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(both.bind(0x4002, "[2001:db8::9]:5000")).isEqualTo(443);
  }

  @Test
  void aRefreshForAFamilyThatIsNotThereIsAMismatch() {
    var answer =
        alice.call(Stun.REFRESH, to -> to.number(Stun.REQUESTED_ADDRESS_FAMILY, Stun.IPV6 << 24));
    assertThat(code(answer)).isEqualTo(443);
  }

  @Test
  void aClientOfOneFamilyReachesPeersOfBoth() {
    var both = new Guest(lab, "[2001:db8::77]:1001");
    var answer =
        both.call(
            Stun.ALLOCATE,
            to -> {
              Guest.udp(to);
              to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, Stun.IPV6 << 24);
            });
    both.bind(0x4000, "[2001:db8::9]:5000");
    both.bind(0x4001, PEER);
    assertThat(both.channelData(0x4000, DATA).relay() & 1).isOne();
    assertThat(both.channelData(0x4001, DATA).relay() & 1).isZero();
    int v6 = both.relay(Guest.relayed(answer, 1));
    var received = lab.fromPeer(lab.loop(), v6, Endpoint.parse("[2001:db8::9]:5000"), DATA);
    assertThat(received.verdict()).isEqualTo(TurnServer.TO_CLIENT);
    both.permit("[2001:db8::a]");
    var indication = lab.fromPeer(lab.loop(), v6, Endpoint.parse("[2001:db8::a]:5000"), DATA);
    assertThat(indication.verdict()).isEqualTo(TurnServer.TO_CLIENT_IN_INDICATION);
    var reader = new StunReader();
    assertThat(reader.read(indication.bytes(), 0, indication.bytes().length))
        .isEqualTo(StunReader.OK);
    assertThat(reader.xorAddress(reader.find(Stun.XOR_PEER_ADDRESS))).isTrue();
    assertThat(reader.low()).isEqualTo(0xaL);
  }

  @Test
  void behindTheSameRelayDataStaysInside() {
    for (int loops = 1; loops <= 2; loops++) {
      var house = new Lab(Lab.settings(), Lab.openPolicy(), loops);
      var one = new Guest(house, house.loops.getFirst(), "203.0.113.5:1", 1);
      var two = new Guest(house, house.loops.getLast(), "203.0.113.6:2", 1);
      var first = Guest.relayed(one.call(Stun.ALLOCATE, Guest::udp), 0);
      var second = Guest.relayed(two.call(Stun.ALLOCATE, Guest::udp), 0);
      assertThat(one.bind(0x4001, second.toString())).isZero();
      assertThat(one.channelData(0x4001, DATA).verdict()).isZero();
      assertThat(two.bind(0x4002, first.toString())).isZero();
      var there = one.channelData(0x4001, DATA);
      assertThat(there.verdict()).isEqualTo(TurnServer.TO_CLIENT);
      assertThat(there.peer()).isEqualTo(two.at);
      assertThat(Arrays.copyOf(there.bytes(), 9)).containsExactly(0x40, 2, 0, 5, 1, 2, 3, 4, 5);
      var back = two.channelData(0x4002, DATA);
      assertThat(back.peer()).isEqualTo(one.at);
      var indicated = new Guest(house, house.loops.getFirst(), "203.0.113.7:3", 1);
      indicated.allocate();
      indicated.permit(Lab.RELAY_V4.toString());
      assertThat(indicated.send(first.toString(), DATA).verdict())
          .isEqualTo(TurnServer.TO_CLIENT_IN_INDICATION);
    }
  }

  @Test
  void aRelayedPortNobodyHasIsADeadEnd() {
    int port = relayed.port() == 50000 ? 50001 : 50000;
    assertThat(alice.bind(0x4001, Lab.RELAY_V4 + ":" + port)).isZero();
    assertThat(alice.channelData(0x4001, DATA).verdict()).isZero();
    assertThat(lab.server().counters().dropped(TurnDrop.NO_SUCH_RELAY)).isOne();
  }

  @Test
  void fromTheNetworkNobodyComesWithOurAddress() {
    var two = new Guest(lab, "203.0.113.6:2");
    var second = Guest.relayed(two.call(Stun.ALLOCATE, Guest::udp), 0);
    two.bind(0x4002, relayed.toString());
    var forged = lab.fromPeer(lab.loop(), two.relay(second), relayed, DATA);
    assertThat(forged.verdict()).isZero();
    assertThat(lab.server().counters().dropped(TurnDrop.BAD_SOURCE)).isOne();
  }

  @Test
  void indicationsThatAreIncompleteAreIgnored() {
    alice.permit("203.0.113.9");
    int replies = lab.loop().replies.size();
    alice.give(alice.indication(Guest.peer(PEER)));
    alice.give(alice.indication(to -> to.value(Stun.DATA, DATA)));
    alice.give(
        alice.indication(to -> {
          Guest.peer(PEER).accept(to);
          to.value(Stun.DATA, DATA);
          to.value(Stun.DONT_FRAGMENT, new byte[0]);
        }));
    alice.give(
        alice.indication(to -> {
          Guest.peer(PEER).accept(to);
          to.value(Stun.DATA, DATA);
          to.number(0x7001, 0);
        }));
    assertThat(lab.loop().replies).hasSize(replies);
    assertThat(lab.server().counters().toPeerPackets()).isZero();
  }

  @Test
  void whereFragmentationCanBeForbiddenItIs() {
    var able =
        new Lab(
            Lab.with(
                Lab.settings(), new TurnSettings.Compatibility(false, true, false, "Gatehouse")));
    var guest = new Guest(able, "203.0.113.5:40000");
    var answer =
        guest.call(
            Stun.ALLOCATE,
            to -> {
              Guest.udp(to);
              to.value(Stun.DONT_FRAGMENT, new byte[0]);
            });
    assertThat(code(answer)).isZero();
    assertThat(answer.text(Stun.SOFTWARE)).isEqualTo("Gatehouse");
    guest.permit("203.0.113.9");
    guest.give(
        guest.indication(to -> {
          Guest.peer(PEER).accept(to);
          to.value(Stun.DATA, DATA);
          to.value(Stun.DONT_FRAGMENT, new byte[0]);
        }));
    assertThat(able.server().dontFragment()).isTrue();
    guest.send(PEER, DATA);
    assertThat(able.server().dontFragment()).isFalse();
  }

  @Test
  void longPayloadPassesAndWhatFitsNoDatagramDoesNot() {
    alice.bind(0x4000, PEER);
    alice.permit("203.0.113.9");
    assertThat(alice.channelData(0x4000, new byte[65503]).bytes()).hasSize(65503);
    assertThat(alice.send(PEER, new byte[60000]).bytes()).hasSize(60000);
    var peer = Endpoint.parse(PEER);
    assertThat(lab.fromPeer(lab.loop(), relay, peer, new byte[65503]).verdict()).isNotZero();
    assertThat(lab.fromPeer(lab.loop(), relay, peer, new byte[65504]).verdict()).isZero();
    var other = Endpoint.parse("203.0.113.9:5001");
    assertThat(lab.fromPeer(lab.loop(), relay, other, new byte[65468]).verdict()).isNotZero();
    assertThat(lab.fromPeer(lab.loop(), relay, other, new byte[65469]).verdict()).isZero();
  }

  @Test
  void aNewPolicyEndsWhatItDenies() {
    alice.bind(0x4000, PEER);
    alice.bind(0x4001, "8.8.8.8:53");
    var strict = PeerPolicy.defaults(List.of());
    lab.server().usePolicy(strict, lab.now);
    assertThat(alice.channelData(0x4000, DATA).verdict()).isZero();
    assertThat(arrives(PEER).verdict()).isZero();
    assertThat(alice.channelData(0x4001, DATA).verdict()).isEqualTo(TurnServer.TO_PEER);
    assertThat(alice.bind(0x4000, PEER)).isEqualTo(403);
  }

  @Test
  void bandwidthOfAUserIsCapped() {
    var capped =
        new Lab(Lab.settings(new TurnSettings.Quotas(3, false, 9, 8, 8, 100, 2_000_000, 0)));
    var guest = new Guest(capped, "203.0.113.5:40000");
    guest.allocate();
    guest.bind(0x4000, PEER);
    long passed = 0;
    for (int i = 0; i < 10_000; i++) {
      capped.now += Lab.SECOND / 2000;
      passed += guest.channelData(0x4000, new byte[2000]).bytes().length;
    }
    assertThat(passed).isBetween(9_900_000L, 10_600_000L);
    assertThat(capped.server().counters().dropped(TurnDrop.BANDWIDTH)).isPositive();
  }

  @Test
  void bandwidthOfAllIsCapped() {
    var quotas = new TurnSettings.Quotas(3, false, 9, 8, 8, 100, 0, 2_000_000);
    var capped = new Lab(Lab.settings(quotas));
    var one = new Guest(capped, "203.0.113.5:1");
    var two = new Guest(capped, "203.0.113.5:2").user("bob", "builder");
    long passed = 0;
    for (var guest : List.of(one, two)) {
      guest.allocate();
      guest.bind(0x4000, PEER);
    }
    for (int i = 0; i < 5_000; i++) {
      capped.now += Lab.SECOND / 1000;
      passed += one.channelData(0x4000, new byte[2000]).bytes().length;
      passed += two.channelData(0x4000, new byte[2000]).bytes().length;
    }
    assertThat(passed).isBetween(9_900_000L, 10_600_000L);
  }

  @Test
  void tooManyRequestsOfAnAllocationAreNotAnswered() {
    var capped = new Lab(Lab.settings(new TurnSettings.Quotas(3, false, 9, 8, 8, 10, 0, 0)));
    var guest = new Guest(capped, "203.0.113.5:1");
    guest.allocate();
    int answered = 0;
    for (int i = 0; i < 100; i++) {
      answered += guest.isIgnored(guest.request(Stun.REFRESH, Guest::nothing)) ? 0 : 1;
    }
    assertThat(answered).isEqualTo(20);
    capped.pass(1);
    assertThat(guest.isIgnored(guest.request(Stun.REFRESH, Guest::nothing))).isFalse();
  }

  private Lab.Delivery arrives(String from) {
    return lab.fromPeer(lab.loop(), relay, Endpoint.parse(from), DATA);
  }
}
