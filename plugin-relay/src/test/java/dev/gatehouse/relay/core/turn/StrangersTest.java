package dev.gatehouse.relay.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the relay spends on those who did not prove anything. */
class StrangersTest {

  private static final int[] METHODS = {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 100};

  static LongStream seeds() {
    return Seeds.of(2);
  }

  @Test
  void aBindingAnswerIsAtMost1Point6TimesTheRequest() {
    var lab = new Lab();
    var guest = new Guest(lab, "203.0.113.5:40000");
    guest.sign = false;
    for (var shape : shapes()) {
      double ratio = ratio(lab, guest, shape, 1);
      assertThat(ratio).as(Arrays.toString(shape)).isLessThanOrEqualTo(1.6);
    }
  }

  @Test
  void overIpv6ItIsAtMost1Point4TimesWithItsHeaders() {
    var lab = new Lab();
    var guest = new Guest(lab, "[2001:db8::5]:40000");
    guest.sign = false;
    for (var shape : shapes()) {
      shape[1] = 1;
      int before = lab.loop().replies.size();
      guest.give(shape);
      if (lab.loop().replies.size() > before) {
        int length = lab.loop().last().bytes().length;
        assertThat((length + 48.0) / (shape.length + 48)).isLessThanOrEqualTo(1.4);
        assertThat((double) length / shape.length).isLessThanOrEqualTo(2.2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"firezone", "a", "a-realm-of-thirty-two-characters"})
  void noUnauthenticatedAnswerIsMoreThan3Point4TimesTheRequest(String realm) {
    for (boolean sha256 : new boolean[] {true, false}) {
      var credentials =
          List.of(
              Lab.realm().credentials(),
              new FirezoneCredentials("secret".getBytes(StandardCharsets.UTF_8)));
      for (var scheme : credentials) {
        var settings = Lab.with(Lab.settings(), List.of(new Realm(realm, scheme, sha256)));
        var lab = new Lab(settings);
        var guest = new Guest(lab, "203.0.113.5:40000");
        for (var shape : shapes()) {
          for (int method : METHODS) {
            if (method != 1) {
              assertThat(ratio(lab, guest, shape, method)).isLessThanOrEqualTo(3.4);
            }
          }
        }
        assertThat(lab.loop().sockets).isEmpty();
      }
    }
  }

  /** A Binding answer must come to a bare request, and a challenge to every method. */
  @Test
  void bareRequestsAreAnswered() {
    var lab = new Lab();
    var guest = new Guest(lab, "203.0.113.5:40000");
    guest.sign = false;
    var bare = guest.request(1, Guest::nothing);
    assertThat(guest.ask(bare).length()).isEqualTo(32);
    for (int method : new int[] {3, 4, 8, 9}) {
      var answer = guest.ask(guest.request(method, Guest::nothing));
      assertThat(Guest.code(answer)).isEqualTo(401);
      assertThat(answer.length()).isEqualTo(68);
      assertThat(answer.value(Stun.NONCE)).hasSize(22);
    }
  }

  private static double ratio(Lab lab, Guest guest, byte[] shape, int method) {
    var bytes = shape.clone();
    int type = Stun.type(method, Stun.REQUEST);
    bytes[0] = (byte) (type >>> 8);
    bytes[1] = (byte) type;
    int before = lab.loop().replies.size();
    guest.give(bytes);
    return lab.loop().replies.size() == before
        ? 0
        : (double) lab.loop().last().bytes().length / bytes.length;
  }

  /** Requests with every choice and order of what can stand in one, and lies about it. */
  private static List<byte[]> shapes() {
    var shapes = new ArrayList<byte[]>();
    var random = new Random(11);
    var writer = new StunWriter(4096);
    for (int i = 0; i < 4000; i++) {
      writer.begin(0, new byte[12], 0);
      int attributes = i == 0 ? 0 : random.nextInt(6);
      for (int j = 0; j < attributes; j++) {
        attribute(writer, random);
      }
      if (random.nextInt(4) == 0) {
        writer.fingerprint();
      }
      shapes.add(Arrays.copyOf(writer.bytes(), writer.finish()));
    }
    return shapes;
  }

  private static void attribute(StunWriter writer, Random random) {
    switch (random.nextInt(10)) {
      case 0 -> writer.text(Stun.USERNAME, "1892160000:s");
      case 1 -> writer.text(Stun.USERNAME, "a");
      case 2 -> writer.text(Stun.REALM, "firezone");
      case 3 -> writer.text(Stun.NONCE, "x".repeat(random.nextInt(40)));
      case 4 -> writer.value(Stun.MESSAGE_INTEGRITY, new byte[20]);
      case 5 -> writer.value(Stun.MESSAGE_INTEGRITY_SHA256, new byte[16 + 4 * random.nextInt(5)]);
      case 6 -> writer.number(Stun.REQUESTED_TRANSPORT, 17 << 24);
      case 7 -> writer.value(0x7000 + random.nextInt(4), new byte[random.nextInt(5)]);
      case 8 -> writer.value(random.nextInt(0x40), new byte[random.nextInt(24)]);
      default -> writer.value(Stun.PASSWORD_ALGORITHM, new byte[4]);
    }
  }

  @Test
  void aPrefixIsAnsweredTenTimesASecondAndOthersAreNotHarmed() {
    var lab = limited();
    int answered = 0;
    for (int i = 0; i < 5000; i++) {
      lab.now += Lab.SECOND / 1000;
      var guest = new Guest(lab, "203.0.113." + (i % 256) + ":" + (1000 + i));
      guest.sign = false;
      answered += guest.isIgnored(guest.request(Stun.ALLOCATE, Guest::udp)) ? 0 : 1;
    }
    assertThat(answered).isBetween(50, 95);
    assertThat(lab.server().counters().dropped(TurnDrop.SOURCE_LIMIT)).isEqualTo(5000 - answered);
    assertThat(new Guest(lab, "203.0.114.1:1000").allocate()).isZero();
  }

  @Test
  void whoHasAnAllocationIsHeardWhateverItsPrefixDoes() {
    var lab = limited();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.allocate();
    for (int i = 0; i < 1000; i++) {
      var guest = new Guest(lab, "203.0.113.9:" + (1000 + i));
      guest.give(guest.request(Stun.ALLOCATE, Guest::udp));
    }
    assertThat(Guest.code(alice.refresh(600))).isZero();
  }

  @Test
  void aStaleNonceIsReplacedWhateverThePrefixDoes() {
    var lab = limited();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.allocate();
    alice.refresh(3600);
    lab.pass(3590);
    alice.refresh(3600);
    lab.pass(20);
    for (int i = 0; i < 1000; i++) {
      var guest = new Guest(lab, "203.0.113.9:" + (1000 + i));
      guest.give(guest.request(Stun.ALLOCATE, Guest::udp));
    }
    assertThat(Guest.code(alice.refresh(600))).isZero();
  }

  @Test
  void aForgedSourceOfAClientIsAnsweredFiveTimesASecond() {
    var lab = limited();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.allocate();
    var forged = new Guest(lab, "203.0.113.5:40000");
    int answered = 0;
    for (int i = 0; i < 1000; i++) {
      lab.now += Lab.SECOND / 100;
      answered += forged.isIgnored(forged.request(Stun.REFRESH, Guest::nothing)) ? 0 : 1;
    }
    assertThat(answered).isBetween(50, 62);
    assertThat(Guest.code(alice.refresh(600))).isZero();
  }

  @Test
  void guessingPasswordsCostsTokensAndNoMoreMacsOnceTheyAreSpent() {
    var lab = limited();
    var thief = new Guest(lab, "203.0.113.5:40000").user("alice", "guess");
    thief.nonce = thief.ask(thief.request(Stun.ALLOCATE, Guest::udp)).value(Stun.NONCE);
    int answered = 0;
    for (int i = 0; i < 1000; i++) {
      answered += thief.isIgnored(thief.request(Stun.ALLOCATE, Guest::udp)) ? 0 : 1;
    }
    assertThat(answered).isEqualTo(40);
  }

  @Test
  void whoHasANonceIsHeardHoweverManyForgeItsPrefix() {
    var lab = limited();
    var alice = new Guest(lab, "203.0.113.5:40000");
    alice.nonce = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)).value(Stun.NONCE);
    for (int i = 0; i < 1000; i++) {
      var forged = new Guest(lab, "203.0.113.9:" + (1000 + i));
      forged.nonce = alice.nonce;
      forged.give(forged.request(Stun.ALLOCATE, Guest::udp));
    }
    assertThat(Guest.code(alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)))).isZero();
  }

  @Test
  void allPrefixesTogetherAreBounded() {
    var limits = new TurnSettings.SourceLimits(100, 10, 1000);
    var lab = new Lab(Lab.with(Lab.settings(), limits));
    int answered = 0;
    for (int i = 0; i < 20_000; i++) {
      lab.now += Lab.SECOND / 10_000;
      var guest = new Guest(lab, "203." + (i & 127) + "." + (i >> 7) + ".1:1000");
      guest.sign = false;
      answered += guest.isIgnored(guest.request(Stun.BINDING, Guest::nothing)) ? 0 : 1;
    }
    assertThat(answered).isBetween(2000, 2150);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aFloodOfForgedSourcesLeavesNoState(long seed) {
    var random = new Random(seed);
    var lab = limited();
    var alice = new Guest(lab, "198.51.100.5:40000");
    alice.allocate();
    alice.bind(0x4001, "203.0.113.9:5000");
    var template = new Guest(lab, "203.0.113.5:40000");
    var bare = template.request(Stun.ALLOCATE, Guest::udp);
    int replies = 0;
    for (int i = 0; i < 200_000; i++) {
      lab.now += 5_000;
      var from = new Endpoint(IpAddress.v4(random.nextInt()), 1 + random.nextInt(65535));
      lab.fromClient(lab.loop(), from, 1, bare);
      replies += lab.loop().replies.size();
      lab.loop().replies.clear();
      if (i % 1000 == 0) {
        assertThat(alice.channelData(0x4001, new byte[9]).verdict()).isEqualTo(TurnServer.TO_PEER);
      }
    }
    assertThat(replies).isBetween(1, 22_100);
    assertThat(lab.server().allocations()).isOne();
    assertThat(lab.group.allocations()).isOne();
    assertThat(lab.loop().sockets).hasSize(1);
    assertThat(Guest.code(alice.refresh(600))).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 19, 53, 123})
  void portsThatReflectAreNotAnswered(int port) {
    var lab = new Lab();
    var guest = new Guest(lab, "203.0.113.5:" + port);
    assertThat(guest.isIgnored(guest.request(Stun.BINDING, Guest::nothing))).isTrue();
    assertThat(guest.isIgnored(guest.request(Stun.ALLOCATE, Guest::udp))).isTrue();
    assertThat(lab.server().counters().dropped(TurnDrop.BAD_SOURCE)).isEqualTo(2);
  }

  private static Lab limited() {
    return new Lab(Lab.with(Lab.settings(), TurnSettings.SourceLimits.defaults()));
  }
}
