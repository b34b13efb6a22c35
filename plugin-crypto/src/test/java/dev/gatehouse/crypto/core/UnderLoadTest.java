package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.DropReason;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Cookies and rate limits, on a gateway that answers 100 handshake messages a second unasked. */
class UnderLoadTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private final Node gateway = new Node("192.0.2.2:51820", 2, Duration.ofHours(1), 100);

  @AfterEach
  void nothingIsLeft() {
    gateway.close();
  }

  @Test
  void underLoadOnlyCookiesAreGivenAndNothingLargerThanWhatCame() {
    var flood = new ArrayList<Node.Datagram>();
    var attacker = new Node("203.0.113.1:1", 55);
    attacker.knows(gateway, 9, true);
    for (int i = 0; i < 400; i++) {
      attacker.now += Duration.ofSeconds(6).toNanos();
      attacker.send(9, PACKET);
      attacker.tick();
      flood.addAll(attacker.sent());
    }
    flood.removeIf(datagram -> datagram.bytes().list().getFirst() != Messages.INITIATION);
    gateway.receive(flood, attacker.address);
    var replies = gateway.sent();
    assertThat(flood.size()).isGreaterThanOrEqualTo(400);
    assertThat(replies).hasSize(flood.size() - 100);
    assertThat(replies).allSatisfy(reply -> assertThat(reply.bytes().list()).hasSize(64));
    assertThat(gateway.dropped(DropReason.RATE_LIMITED)).isEqualTo(flood.size() - 100);
    attacker.close();
  }

  @Test
  void aClientThatTakesTheCookieGetsThroughUnderLoad() {
    floodWithMac1();
    var friend = new Node("192.0.2.77:77", 77);
    friend.knows(gateway, 5, true);
    gateway.knows(friend, 5, false);
    friend.now = gateway.now;
    friend.send(5, PACKET);
    gateway.receive(friend.sent(), friend.address);
    var cookie = gateway.sent();
    assertThat(cookie).hasSize(1);
    friend.receive(cookie, gateway.address);
    assertThat(friend.drops.total()).isZero();

    friend.now += Duration.ofSeconds(6).toNanos();
    gateway.now = friend.now;
    floodWithMac1();
    friend.tick();
    var again = friend.sent();
    gateway.receive(again, FakePath.to("203.0.113.200:77"));
    assertThat(gateway.sent())
        .as("from another address the cookie is worth nothing")
        .allSatisfy(reply -> assertThat(reply.bytes().list()).hasSize(64));
    gateway.receive(again, friend.address);
    friend.receive(gateway.sent(), gateway.address);
    gateway.receive(friend.sent(), friend.address);
    assertThat(gateway.opened()).containsExactly(PACKET);
    friend.close();
  }

  /** Brings the gateway under load with initiations that know its public key. */
  private void floodWithMac1() {
    var jar = new CookieJar(gateway.identity.publicKey());
    var list = new ArrayList<Node.Datagram>();
    for (int i = 0; i < 150; i++) {
      var message = new byte[148];
      message[0] = 1;
      message[9] = (byte) i;
      jar.addMacs(message, 0);
      list.add(new Node.Datagram(Node.Bytes.of(message), FakePath.to("192.0.2.1:1"), 0));
    }
    gateway.receive(list, FakePath.to("203.0.113.1:1"));
    gateway.sent();
  }

  @Test
  void oneAddressGetsTwentyHandshakesASecondAndNoMoreMemoryThanFixed() {
    var limiter = new HandshakeLimiter(42);
    var address = IpAddress.parse("192.0.2.1");
    int allowed = 0;
    for (int i = 0; i < 1000; i++) {
      allowed += limiter.allow(address, i * 1_000_000L) ? 1 : 0;
    }
    assertThat(allowed).isBetween(20, 25);
    int others = 0;
    for (int i = 0; i < 100_000; i++) {
      others += limiter.allow(IpAddress.v4(i * 7919), 1_000_000_000L) ? 1 : 0;
    }
    assertThat(others).isEqualTo(100_000);
    var low = IpAddress.parse("2001:db8::1");
    int six = 0;
    for (int i = 0; i < 100; i++) {
      var same64 = new IpAddress(low.high(), i);
      six += limiter.allow(same64, 2_000_000_000L) ? 1 : 0;
    }
    assertThat(six).isEqualTo(HandshakeLimiter.BURST);
  }
}
