package dev.gatehouse.relay.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Damaged and invented messages. {@code -Dgatehouse.relay.fuzz=100000000} for more of them than the
 * million of every run.
 */
class FuzzTest {

  private static final int MESSAGES = Integer.getInteger("gatehouse.relay.fuzz", 1_000_000);

  static LongStream seeds() {
    return Seeds.of(1);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void damagedMessagesOfStrangersLeaveNothingAndDisturbNobody(long seed) {
    var random = new Random(seed);
    var lab = new Lab();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.allocateBoth();
    alice.bind(0x4001, "203.0.113.9:5000");
    var corpus = corpus(lab, alice);
    var stranger = new Guest(lab, lab.loop(), "203.0.113.66:6666", TurnClient.datagramLink(1));
    var stream = new Guest(lab, lab.loop(), "203.0.113.67:6666", TurnClient.streamLink(1));
    lab.loop().replies.clear();
    for (int i = 0; i < MESSAGES; i++) {
      lab.now += 1000;
      var message = mutate(corpus.get(random.nextInt(corpus.size())), corpus, random);
      var from = (i & 1) == 0 ? stranger : stream;
      var delivery = from.give(message);
      assertThat(delivery.verdict()).isZero();
      for (var reply : lab.loop().replies) {
        reply.read();
        assertThat(reply.bytes().length)
            .isLessThanOrEqualTo(
                from == stranger
                    ? (int) (message.length * 3.4)
                    : 20 + 8 + 12 + 40 + 12 + 36 + 8 + 40);
      }
      lab.loop().replies.clear();
      if (i % 100_000 == 0) {
        assertThat(alice.channelData(0x4001, new byte[5]).bytes()).hasSize(5);
      }
    }
    assertThat(lab.server().allocations()).isOne();
    assertThat(lab.server().channels()).isOne();
    assertThat(lab.server().permissions()).isOne();
    assertThat(lab.loop().sockets).hasSize(2);
    assertThat(Guest.code(alice.refresh(600))).isZero();
  }

  /** The same at the address of a client: what it did not sign must not change anything of it. */
  @ParameterizedTest
  @MethodSource("seeds")
  void damagedMessagesWithAForgedSourceChangeNothing(long seed) {
    var random = new Random(seed);
    var lab = new Lab();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.allocateBoth();
    alice.bind(0x4001, "203.0.113.9:5000");
    var corpus = corpus(lab, alice);
    corpus.removeIf(message -> message.length > 0 && message[0] == 0x40);
    for (int i = 0; i < MESSAGES / 10; i++) {
      lab.now += 1000;
      var message = mutate(corpus.get(random.nextInt(corpus.size())), corpus, random);
      if (unsigned(message)) {
        alice.give(message);
      }
      lab.loop().replies.clear();
    }
    assertThat(lab.server().allocations()).isOne();
    assertThat(lab.server().channels()).isOne();
    assertThat(lab.server().permissions()).isOne();
    assertThat(lab.loop().sockets).hasSize(2);
  }

  /** What a user signs may be as strange: it must add up afterwards. */
  @ParameterizedTest
  @MethodSource("seeds")
  void strangeRequestsOfUsersKeepEveryAccount(long seed) {
    var random = new Random(seed);
    var lab = new Lab(Lab.with(Lab.settings(), 50000, 50063));
    var guests = new ArrayList<Guest>();
    for (int i = 0; i < 6; i++) {
      guests.add(
          new Guest(lab, "203.0.113.5:" + (1000 + i))
              .user(i < 3 ? "alice" : "bob", i < 3 ? "wonderland" : "builder"));
      guests.get(i).fingerprint = i == 0;
    }
    for (int i = 0; i < MESSAGES / 10; i++) {
      lab.passNanos(random.nextLong(Lab.SECOND / 4));
      lab.everythingTaken = random.nextInt(20) == 0;
      lab.noV6 = random.nextInt(20) == 0;
      var guest = guests.get(random.nextInt(guests.size()));
      int method = new int[] {3, 3, 3, 4, 8, 9}[random.nextInt(6)];
      var answer = guest.call(method, to -> strange(to, random));
      assertThat(guest.signed(answer) || Guest.code(answer) == 400).isTrue();
      assertThat(Guest.code(answer)).isIn(0, 400, 403, 420, 437, 440, 442, 443, 486, 508);
      lab.loop().replies.clear();
    }
    assertThat(lab.server().permissions()).isLessThanOrEqualTo(6 * 8);
    assertThat(lab.server().channels()).isLessThanOrEqualTo(6 * 8);
    lab.pass(4000);
    assertThat(lab.group.allocations()).isZero();
    assertThat(lab.group.availablePorts()).isEqualTo(64);
    assertThat(lab.loop().sockets).isEmpty();
    assertThat(lab.server().permissions()).isZero();
    assertThat(lab.server().channels()).isZero();
  }

  private static void strange(StunWriter to, Random random) {
    if (random.nextInt(8) != 0) {
      Guest.udp(to);
    }
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(9)) {
        case 0 -> to.number(Stun.LIFETIME, random.nextInt(3) == 0 ? 0 : random.nextInt());
        case 1 -> to.number(Stun.REQUESTED_ADDRESS_FAMILY, random.nextInt(4) << 24);
        case 2 -> to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, (1 + random.nextInt(2)) << 24);
        case 3 -> to.value(Stun.EVEN_PORT, new byte[] {(byte) (random.nextInt(2) << 7)});
        case 4 -> to.number(Stun.CHANNEL_NUMBER, (0x3ffe + random.nextInt(8)) << 16);
        case 5 ->
            Guest.peer("203.0.113." + random.nextInt(256) + ":" + random.nextInt(3)).accept(to);
        case 6 -> Guest.peer("[2001:db8::" + random.nextInt(10) + "]:5").accept(to);
        case 7 -> to.number(Stun.RESERVATION_TOKEN, random.nextLong());
        default -> to.value(random.nextInt(0x40), new byte[random.nextInt(12)]);
      }
    }
  }

  private static boolean unsigned(byte[] message) {
    return message.length > 1 && (message[0] != 0 || message[1] == 0x16 || message[1] < 0x10);
  }

  private static List<byte[]> corpus(Lab lab, Guest alice) {
    var corpus = new ArrayList<byte[]>();
    var unlike = new Guest(lab, "203.0.113.5:40000").user("alice", "not her password");
    unlike.nonce = alice.nonce;
    for (int round = 0; round < 8; round++) {
      unlike.fingerprint = (round & 1) != 0;
      unlike.sha256 = (round & 2) != 0;
      unlike.algorithms = (round & 4) != 0;
      corpus.add(unlike.request(Stun.ALLOCATE, Guest::udp));
      corpus.add(unlike.request(Stun.REFRESH, to -> to.number(Stun.LIFETIME, 0)));
      corpus.add(unlike.request(Stun.CREATE_PERMISSION, Guest.peer("8.8.8.8:1")));
      corpus.add(
          unlike.request(
              Stun.CHANNEL_BIND,
              to -> {
                to.number(Stun.CHANNEL_NUMBER, 0x4002_0000);
                Guest.peer("[2600::1]:77").accept(to);
              }));
      corpus.add(unlike.request(Stun.BINDING, Guest::nothing));
    }
    corpus.add(
        unlike.indication(to -> {
          Guest.peer("8.8.8.8:1").accept(to);
          to.value(Stun.DATA, new byte[40]);
        }));
    corpus.add(new byte[] {0x40, 1, 0, 3, 1, 2, 3});
    corpus.add(new byte[] {0x40, 2, 0, 0});
    corpus.add(new byte[0]);
    return corpus;
  }

  private static byte[] mutate(byte[] original, List<byte[]> corpus, Random random) {
    var message = original.clone();
    int rounds = 1 + random.nextInt(4);
    for (int i = 0; i < rounds; i++) {
      message = mutateOnce(message, corpus, random);
    }
    if (random.nextInt(3) != 0 && message.length >= 20) {
      int length = message.length - 20;
      message[2] = (byte) (length >>> 8);
      message[3] = (byte) length;
    }
    return message;
  }

  private static byte[] mutateOnce(byte[] message, List<byte[]> corpus, Random random) {
    if (message.length == 0) {
      var invented = new byte[random.nextInt(100)];
      random.nextBytes(invented);
      return invented;
    }
    int at = random.nextInt(message.length);
    switch (random.nextInt(8)) {
      case 0 -> message[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> message[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(message, at);
      }
      case 3 -> {
        return Arrays.copyOf(message, message.length + 4 * random.nextInt(20));
      }
      case 4 -> {
        var other = corpus.get(random.nextInt(corpus.size()));
        if (other.length > 20 && message.length > 20) {
          int from = 20 + (random.nextInt(other.length - 20) & ~3);
          int keep = 20 + (random.nextInt(message.length - 20) & ~3);
          var joined = Arrays.copyOf(message, keep + other.length - from);
          System.arraycopy(other, from, joined, keep, other.length - from);
          return joined;
        }
      }
      case 5 -> {
        if (message.length > 24) {
          int attribute = 20 + (random.nextInt(message.length - 23) & ~3);
          int length = new int[] {0, 1, 3, 4, 5, 65535, 32768}[random.nextInt(7)];
          message[attribute + 2] = (byte) (length >>> 8);
          message[attribute + 3] = (byte) length;
        }
      }
      case 6 -> {
        if (message.length > 24) {
          int attribute = 20 + (random.nextInt(message.length - 23) & ~3);
          message[attribute] = (byte) (random.nextInt(4) == 0 ? 0x80 : 0);
          message[attribute + 1] = (byte) random.nextInt(0x40);
        }
      }
      default -> message[at] = (byte) 0xff;
    }
    return message;
  }
}
