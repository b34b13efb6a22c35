package dev.gatehouse.relay.core.turn;

import static dev.gatehouse.relay.core.turn.Guest.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.util.HashSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllocateTest {

  private final Lab lab = new Lab();
  private final Guest alice = new Guest(lab, "203.0.113.5:40000");

  @Test
  void aClientGetsARelayedAddressAndItsOwn() {
    var answer = alice.call(Stun.ALLOCATE, Guest::udp);
    assertThat(code(answer)).isZero();
    assertThat(alice.signed(answer)).isTrue();
    var relayed = Guest.relayed(answer, 0);
    assertThat(relayed.address()).isEqualTo(Lab.RELAY_V4);
    assertThat(relayed.port()).isBetween(49152, 65535);
    assertThat(Guest.relayedCount(answer)).isOne();
    assertThat(answer.firstU32(Stun.LIFETIME)).isEqualTo(600);
    assertThat(answer.xorAddress(answer.find(Stun.XOR_MAPPED_ADDRESS))).isTrue();
    assertThat(answer.port()).isEqualTo(40000);
    assertThat(lab.loop().sockets).containsValue(relayed.port()).hasSize(1);
    assertThat(lab.server().allocations()).isOne();
  }

  @Test
  void dualStackAllocationsHaveTheSamePortInBothFamilies() {
    var answer = alice.call(Stun.ALLOCATE, additional(Stun.IPV6));
    var v4 = Guest.relayed(answer, 0);
    var v6 = Guest.relayed(answer, 1);
    assertThat(v6).isEqualTo(new Endpoint(Lab.RELAY_V6, v4.port()));
    assertThat(lab.loop().sockets).hasSize(2);
    assertThat(answer.has(Stun.ADDRESS_ERROR_CODE)).isFalse();
  }

  @Test
  void aSingleStackRelaySaysWhyTheOtherAddressIsMissing() {
    var v4Only = new Lab(Lab.with(Lab.settings(), Lab.RELAY_V4, null));
    var guest = new Guest(v4Only, "203.0.113.5:40000");
    var answer = guest.call(Stun.ALLOCATE, additional(Stun.IPV6));
    assertThat(code(answer)).isZero();
    assertThat(Guest.relayedCount(answer)).isOne();
    assertThat(answer.firstU32(Stun.ADDRESS_ERROR_CODE)).isEqualTo(0x0200_0428);
  }

  @Test
  void anAdditionalFamilyThatCannotBeBoundIsLeftOutWithTheReason() {
    lab.noV6 = true;
    var answer = alice.call(Stun.ALLOCATE, additional(Stun.IPV6));
    assertThat(code(answer)).isZero();
    assertThat(answer.firstU32(Stun.ADDRESS_ERROR_CODE)).isEqualTo(0x0200_0508);
    assertThat(lab.loop().sockets).hasSize(1);
    assertThat(lab.group.availablePorts()).isEqualTo(16384 - 1);
  }

  @Test
  void anIpv6AllocationIsMadeOnRequest() {
    var answer = alice.call(Stun.ALLOCATE, family(Stun.IPV6));
    assertThat(Guest.relayed(answer, 0).address()).isEqualTo(Lab.RELAY_V6);
  }

  @ParameterizedTest
  @CsvSource({
    "none, 400",
    "tcp, 442",
    "bothFamilies, 400",
    "additionalV4, 400",
    "family3, 440",
    "tokenAndEven, 400",
    "tokenAndFamily, 400",
    "unknownToken, 508",
    "dontFragment, 420",
    "unknownAttribute, 420",
    "reserveAndAdditional, 400"
  })
  void whatCannotBeGivenIsRefusedWithItsCodeAndSigned(String shape, int expected) {
    var answer = alice.call(Stun.ALLOCATE, shape(shape));
    assertThat(code(answer)).isEqualTo(expected);
    assertThat(alice.signed(answer)).isTrue();
    assertThat(lab.loop().sockets).isEmpty();
    assertThat(lab.group.allocations()).isZero();
  }

  private static Consumer<StunWriter> shape(String name) {
    return to -> {
      to.number(Stun.REQUESTED_TRANSPORT, (name.equals("tcp") ? 6 : 17) << 24);
      switch (name) {
        case "none" -> to.begin(Stun.type(Stun.ALLOCATE, Stun.REQUEST), new byte[12], 0);
        case "bothFamilies" -> {
          to.number(Stun.REQUESTED_ADDRESS_FAMILY, 1 << 24);
          to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, 2 << 24);
        }
        case "additionalV4" -> to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, 1 << 24);
        case "family3" -> to.number(Stun.REQUESTED_ADDRESS_FAMILY, 3 << 24);
        case "tokenAndEven" -> {
          to.number(Stun.RESERVATION_TOKEN, 1L);
          to.value(Stun.EVEN_PORT, new byte[] {0});
        }
        case "tokenAndFamily" -> {
          to.number(Stun.RESERVATION_TOKEN, 1L);
          to.number(Stun.REQUESTED_ADDRESS_FAMILY, 1 << 24);
        }
        case "unknownToken" -> to.number(Stun.RESERVATION_TOKEN, 1L);
        case "dontFragment" -> to.value(Stun.DONT_FRAGMENT, new byte[0]);
        case "unknownAttribute" -> to.number(0x7123, 1);
        case "reserveAndAdditional" -> {
          to.value(Stun.EVEN_PORT, new byte[] {(byte) 0x80});
          to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, 2 << 24);
        }
        default -> {}
      }
    };
  }

  @Test
  void unknownAttributesAreNamed() {
    var answer = alice.call(Stun.ALLOCATE, shape("unknownAttribute"));
    assertThat(answer.firstU16(Stun.UNKNOWN_ATTRIBUTES)).isEqualTo(0x7123);
    answer = alice.call(Stun.ALLOCATE, shape("dontFragment"));
    assertThat(answer.firstU16(Stun.UNKNOWN_ATTRIBUTES)).isEqualTo(Stun.DONT_FRAGMENT);
  }

  @Test
  void familiesThatAreNotServedAreRefused() {
    var v6Only = new Lab(Lab.with(Lab.settings(), null, Lab.RELAY_V6));
    var guest = new Guest(v6Only, "203.0.113.5:40000");
    assertThat(guest.allocate()).isEqualTo(440);
    assertThat(code(guest.call(Stun.ALLOCATE, family(Stun.IPV4)))).isEqualTo(440);
    assertThat(code(guest.call(Stun.ALLOCATE, family(Stun.IPV6)))).isZero();
  }

  @Test
  void theSameTransactionGetsTheSameAnswerAndAnotherOne437() {
    alice.allocate();
    byte[] first = lab.loop().last().bytes();
    alice.give(alice.sameRequest(Stun.ALLOCATE, Guest::udp));
    assertThat(lab.loop().last().bytes()).isEqualTo(first);
    assertThat(alice.allocate()).isEqualTo(437);
    assertThat(lab.server().allocations()).isOne();
  }

  @Test
  void theAnswerWaitsForTheSocketAndRepetitionsMeanwhileAreSwallowed() {
    lab.later = true;
    alice.nonce = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)).value(Stun.NONCE);
    assertThat(alice.isIgnored(alice.request(Stun.ALLOCATE, Guest::udp))).isTrue();
    assertThat(alice.isIgnored(alice.sameRequest(Stun.ALLOCATE, Guest::udp))).isTrue();
    assertThat(code(alice.refresh(600))).isEqualTo(437);
    lab.report();
    assertThat(code(lab.loop().last().read())).isZero();
    assertThat(code(alice.refresh(600))).isZero();
  }

  @Test
  void takenPortsAreTriedOverAndGivenUpAtLast() {
    for (int port = 49152; port < 65000; port++) {
      lab.takenPorts.add(port);
    }
    int allocated = 0;
    for (int i = 0; i < 30; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (2000 + i));
      allocated += guest.allocate() == 0 ? 1 : 0;
      guest.refresh(0);
    }
    assertThat(allocated).isBetween(1, 30);
    lab.everythingTaken = true;
    int before = lab.opened;
    assertThat(alice.allocate()).isEqualTo(508);
    assertThat(lab.opened - before).isEqualTo(16);
    assertThat(lab.group.allocations()).isZero();
    assertThat(lab.group.availablePorts()).isEqualTo(16384);
  }

  @Test
  void anExhaustedPortRangeIsToldWith508() {
    var small = new Lab(Lab.with(Lab.settings(), 50000, 50001));
    assertThat(new Guest(small, "203.0.113.5:1001").allocate()).isZero();
    assertThat(new Guest(small, "203.0.113.5:1002").allocate()).isZero();
    assertThat(new Guest(small, "203.0.113.5:1003").allocate()).isEqualTo(508);
  }

  @Test
  void aQuotaPerUserIsToldWith486() {
    for (int i = 0; i < 3; i++) {
      assertThat(new Guest(lab, "203.0.113.5:" + (1000 + i)).allocate()).isZero();
    }
    assertThat(new Guest(lab, "203.0.113.5:1010").allocate()).isEqualTo(486);
    assertThat(new Guest(lab, "203.0.113.5:1011").user("bob", "builder").allocate()).isZero();
  }

  @Test
  void aTotalQuotaIsToldWith508() {
    var quotas = new TurnSettings.Quotas(10, false, 2, 8, 8, 100, 0, 0);
    var small = new Lab(Lab.settings(quotas));
    assertThat(new Guest(small, "203.0.113.5:1001").allocate()).isZero();
    assertThat(new Guest(small, "203.0.113.5:1002").allocate()).isZero();
    assertThat(new Guest(small, "203.0.113.5:1003").allocate()).isEqualTo(508);
  }

  @Test
  void whereTheOldestIsReplacedASecondAllocationEndsTheFirst() {
    var one = new Lab(Lab.settings(new TurnSettings.Quotas(1, true, 100, 8, 8, 100, 0, 0)));
    var first = new Guest(one, "203.0.113.5:1001");
    var second = new Guest(one, "203.0.113.9:1002");
    assertThat(first.allocate()).isZero();
    assertThat(second.allocate()).isZero();
    assertThat(code(first.refresh(600))).isEqualTo(437);
    assertThat(code(second.refresh(600))).isZero();
    assertThat(one.group.allocations()).isOne();
  }

  @Test
  void theOldestIsReplacedAlsoOnAnotherServer() {
    var quotas = new TurnSettings.Quotas(1, true, 100, 8, 8, 100, 0, 0);
    var one = new Lab(Lab.settings(quotas), Lab.openPolicy(), 2);
    var first = new Guest(one, one.loops.get(0), "203.0.113.5:1001", 1);
    var second = new Guest(one, one.loops.get(1), "203.0.113.9:1002", 1);
    assertThat(first.allocate()).isZero();
    assertThat(second.allocate()).isZero();
    one.runEvictions();
    assertThat(one.loops.get(0).sockets).isEmpty();
    assertThat(one.loops.get(1).sockets).hasSize(1);
    assertThat(one.group.allocations()).isOne();
  }

  @Test
  void anEvenPortIsEven() {
    for (int i = 0; i < 3; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (1000 + i));
      var answer = guest.call(Stun.ALLOCATE, even(0));
      assertThat(Guest.relayed(answer, 0).port() % 2).isZero();
      assertThat(answer.has(Stun.RESERVATION_TOKEN)).isFalse();
    }
  }

  @Test
  void aReservedPortIsTheNextOneAndItsUsersAlone() {
    var answer = alice.call(Stun.ALLOCATE, even(0x80));
    int port = Guest.relayed(answer, 0).port();
    var token = answer.value(Stun.RESERVATION_TOKEN);
    assertThat(lab.group.availablePorts()).isEqualTo(16384 - 2);
    var stranger = new Guest(lab, "203.0.113.5:1001").user("bob", "builder");
    assertThat(code(stranger.call(Stun.ALLOCATE, token(token)))).isEqualTo(508);
    var second = new Guest(lab, "203.0.113.5:1002");
    var next = second.call(Stun.ALLOCATE, token(token));
    assertThat(Guest.relayed(next, 0)).isEqualTo(new Endpoint(Lab.RELAY_V4, port + 1));
    var third = new Guest(lab, "203.0.113.5:1003");
    assertThat(code(third.call(Stun.ALLOCATE, token(token)))).isEqualTo(508);
  }

  @Test
  void aReservationEndsAfterHalfAMinuteOrWithItsAllocation() {
    var token = alice.call(Stun.ALLOCATE, even(0x80)).value(Stun.RESERVATION_TOKEN);
    lab.pass(31);
    assertThat(lab.group.availablePorts()).isEqualTo(16384 - 1);
    var late = new Guest(lab, "203.0.113.5:1002");
    assertThat(code(late.call(Stun.ALLOCATE, token(token)))).isEqualTo(508);
    alice.refresh(0);
    alice.call(Stun.ALLOCATE, even(0x80));
    assertThat(lab.group.availablePorts()).isEqualTo(16384 - 2);
    alice.refresh(0);
    assertThat(lab.group.availablePorts()).isEqualTo(16384);
  }

  @Test
  void portsAreNotPredictable() {
    var seen = new HashSet<Integer>();
    int neighbours = 0;
    int last = 0;
    for (int i = 0; i < 200; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (1000 + i));
      int port = Guest.relayed(guest.call(Stun.ALLOCATE, Guest::udp), 0).port();
      neighbours += Math.abs(port - last) < 16 ? 1 : 0;
      last = port;
      seen.add(port);
      guest.refresh(0);
    }
    assertThat(seen).hasSize(200);
    assertThat(neighbours).isLessThan(20);
  }

  @Test
  void aDrainingRelayKeepsWhatItHasAndTakesNothingNew() {
    alice.allocate();
    lab.group.drain();
    assertThat(new Guest(lab, "203.0.113.5:1001").allocate()).isEqualTo(508);
    assertThat(code(alice.refresh(600))).isZero();
    alice.refresh(0);
    assertThat(lab.group.allocations()).isZero();
  }

  @Test
  void aClosedConnectionEndsItsAllocation() {
    var stream = new Guest(lab, lab.loop(), "203.0.113.5:1001", TurnClient.streamLink(5));
    assertThat(stream.allocate()).isZero();
    var address = stream.at.address();
    lab.server().streamClosed(address.high(), address.low(), 1001, stream.link, lab.now);
    assertThat(lab.server().allocations()).isZero();
    assertThat(lab.loop().sockets).isEmpty();
  }

  @Test
  void aConnectionClosedWhileItsSocketsAreOpenedLeavesNothing() {
    lab.later = true;
    var stream = new Guest(lab, lab.loop(), "203.0.113.5:1001", TurnClient.streamLink(5));
    stream.nonce = stream.ask(stream.request(Stun.ALLOCATE, Guest::udp)).value(Stun.NONCE);
    assertThat(stream.isIgnored(stream.request(Stun.ALLOCATE, even(0x80)))).isTrue();
    var address = stream.at.address();
    lab.server().streamClosed(address.high(), address.low(), 1001, stream.link, lab.now);
    assertThat(lab.loop().sockets).isEmpty();
    assertThat(lab.group.allocations()).isZero();
    assertThat(lab.group.availablePorts()).isEqualTo(16384);
  }

  @Test
  void closingTheServerClosesEverySocket() {
    alice.allocateBoth();
    new Guest(lab, "203.0.113.5:1001").allocate();
    lab.server().close();
    assertThat(lab.loop().sockets).isEmpty();
    assertThat(lab.group.allocations()).isZero();
  }

  private static Consumer<StunWriter> additional(int family) {
    return to -> {
      Guest.udp(to);
      to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, family << 24);
    };
  }

  private static Consumer<StunWriter> family(int family) {
    return to -> {
      Guest.udp(to);
      to.number(Stun.REQUESTED_ADDRESS_FAMILY, family << 24);
    };
  }

  private static Consumer<StunWriter> even(int flags) {
    return to -> {
      Guest.udp(to);
      to.value(Stun.EVEN_PORT, new byte[] {(byte) flags});
    };
  }

  private static Consumer<StunWriter> token(byte[] token) {
    return to -> {
      Guest.udp(to);
      to.value(Stun.RESERVATION_TOKEN, token);
    };
  }
}
