package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.DropReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
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

  @Test
  void aCookieIsWorthSomethingForTwoMinutesAndUsedForFiveSecondsLess() {
    var checker = new CookieChecker(gateway.identity.publicKey(), new Random(1));
    var jar = new CookieJar(gateway.identity.publicKey());
    var home = FakePath.to("192.0.2.77:77").remote();
    var message = new byte[Messages.INITIATION_LENGTH];
    jar.addMacs(message, 0);
    assertThat(jar.accept(checker.reply(message, message.length, home, 0), 0)).isTrue();

    long used = Duration.ofSeconds(115).toNanos();
    jar.addMacs(message, used - 1);
    assertThat(checker.mac2Matches(message, message.length, home, used - 1)).isTrue();
    long valid = CookieChecker.SECRET_LIFE;
    assertThat(valid).isEqualTo(Duration.ofMinutes(2).toNanos());
    assertThat(checker.mac2Matches(message, message.length, home, valid - 1)).isTrue();
    assertThat(checker.mac2Matches(message, message.length, home, valid)).isFalse();
    jar.addMacs(message, used);
    assertThat(Arrays.copyOfRange(message, 132, 148)).isEqualTo(new byte[16]);

    checker.reply(message, message.length, home, valid);
    jar.addMacs(message, used - 1);
    assertThat(checker.mac2Matches(message, message.length, home, valid + 1))
        .as("the secret is another one now")
        .isFalse();
  }

  @Test
  void theLoadCountsAsHighForASecondAfterTheLastMessageTooMany() {
    var meter = new LoadMeter(100);
    long now = 1;
    for (int i = 0; i < 100; i++) {
      assertThat(meter.count(now)).isFalse();
    }
    assertThat(meter.count(now)).isTrue();
    assertThat(meter.count(now + Duration.ofMillis(999).toNanos())).isTrue();
    assertThat(meter.count(now + Duration.ofMillis(1001).toNanos())).isFalse();
  }

  @Test
  void noReplyToAStrangerIsLargerThanWhatItAnswers() {
    var random = new Random(8);
    var jar = new CookieJar(gateway.identity.publicKey());
    var stranger = FakePath.to("203.0.113.1:1");
    var friend = new Node("192.0.2.77:77", 77);
    friend.knows(gateway, 5, true);
    gateway.knows(friend.key(), 5, friend.address, Timing.STANDARD, Duration.ofSeconds(25), null);
    gateway.tick();
    var awaited = gateway.sent().getFirst().bytes().array();
    int[] replies = new int[5];
    for (int i = 0; i < 20_000; i++) {
      gateway.now += 10_000;
      int type = 1 + i % 4;
      int[] sizes = {0, 148, 92, 64, 32 + 16 * random.nextInt(90)};
      var message = Packets.random(random, sizes[type]);
      message[0] = (byte) type;
      message[1] = message[2] = message[3] = 0;
      if (type <= 2) {
        // A response to the handshake under way, as one who can read the network would forge it.
        System.arraycopy(awaited, 4, message, 8, type == 2 ? 4 : 0);
        jar.addMacs(message, 0);
      }
      gateway.receive(message, stranger);
      var sent = gateway.sent();
      assertThat(sent.size()).isLessThanOrEqualTo(1);
      for (var reply : sent) {
        assertThat(reply.path()).isEqualTo(stranger);
        assertThat(reply.bytes().list().size()).as("type %s", type).isLessThan(message.length);
        replies[type]++;
      }
    }
    assertThat(replies[1]).as("cookies for initiations").isPositive();
    assertThat(replies[2]).as("cookies for responses").isPositive();
    assertThat(replies[3] + replies[4]).isZero();
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
