package dev.gatehouse.relay.core.turn;

import static dev.gatehouse.relay.core.turn.Guest.code;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What went wrong in other relays, one test each, and must not in this one. */
class AdvisoriesTest {

  private static final byte[] DATA = {1, 2, 3};
  private static final String PEER = "8.8.8.8:5000";

  private final Lab lab =
      new Lab(Lab.settings(), PeerPolicy.defaults(List.of(IpAddress.parse("52.1.2.3"))), 1);
  private final Guest alice = new Guest(lab, "203.0.113.5:40000");

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:80", "[::1]:80"})
  void cve20184058RelayingToLoopback(String peer) {
    refused(peer);
  }

  @Test
  void cve20184059ReachingAdministrationThroughTheRelay() {
    refused("52.1.2.3:5766");
    refused(Lab.RELAY_V4 + ":5766");
    refused("127.0.0.1:5766");
  }

  /** Also CVE-2018-4056: nothing from the wire reaches a query, a format or a log line. */
  @ParameterizedTest
  @ValueSource(strings = {"' or 1=1 --", "%s%x%n", "${jndi:ldap://x}", "a\r\nb", "\u0000"})
  void ghsa4g7cNamesFromTheWireAreNeverInterpreted(String name) {
    alice.user(name, "x");
    assertThat(code(alice.call(Stun.ALLOCATE, Guest::udp))).isEqualTo(401);
    var users = new StaticCredentials(Map.of(name, "x".getBytes(UTF_8)));
    var other = new Lab(Lab.with(Lab.settings(), List.of(new Realm("firezone", users, true))));
    var guest = new Guest(other, "203.0.113.5:40000").user(name, "x");
    assertThat(guest.allocate()).isZero();
  }

  @Test
  void cve20204067PaddingOfAnswersHoldsNothingOfOthers() {
    var software = new TurnSettings.Compatibility(false, false, false, "five5");
    var padded = new Lab(Lab.with(Lab.settings(), software));
    var guest = new Guest(padded, "203.0.113.5:40000");
    guest.allocate();
    guest.call(
        Stun.ALLOCATE,
        to -> {
          Guest.udp(to);
          to.value(0x7001, new byte[300]);
        });
    guest.refresh(600);
    var unknown = guest.call(Stun.REFRESH, to -> to.value(0x7fff, new byte[0]));
    assertThat(code(unknown)).isEqualTo(420);
    for (var reply : padded.loop().replies) {
      paddingIsZero(reply.read());
    }
  }

  private static void paddingIsZero(StunReader answer) {
    for (int i = 0; i < answer.count(); i++) {
      int end = answer.placeAt(i) + answer.lengthAt(answer.placeAt(i));
      for (int at = end; (at & 3) != 0; at++) {
        assertThat(answer.bytes()[at]).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET / HTTP/1.1\r\n\r\n", "POST /x HTTP/1.0\r\n", "HEAD", "PRI * HTTP/2.0"})
  void cve20206061HttpOnTheRelaysPort(String text) {
    alice.allocate();
    int replies = lab.loop().replies.size();
    assertThat(alice.give(text.getBytes(UTF_8)).verdict()).isZero();
    assertThat(lab.loop().replies).hasSize(replies);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:80", "0.1.2.3:80", "[::]:80", "[::1]:80"})
  void cve202026262TheUnspecifiedAddressIsNoWayToLoopback(String peer) {
    refused(peer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.0.1", "169.254.169.254"})
  void cve202627624MappedAddressesAreNoWayAround(String inside) {
    alice.allocateBoth();
    Consumer<StunWriter> mapped =
        to -> {
          to.number(Stun.CHANNEL_NUMBER, 0x4001_0000);
          var value = new byte[20];
          value[1] = Stun.IPV6;
          value[3] = 1;
          int v4 = IpAddress.parse(inside).v4Value();
          for (int i = 0; i < 16; i++) {
            int plain = i < 10 ? 0 : i < 12 ? 0xff : v4 >>> (8 * (15 - i));
            value[4 + i] = (byte) (plain ^ to.bytes()[4 + i]);
          }
          to.value(Stun.XOR_PEER_ADDRESS, value);
        };
    assertThat(code(alice.call(Stun.CHANNEL_BIND, mapped))).isEqualTo(403);
    assertThat(code(alice.call(Stun.CREATE_PERMISSION, mapped))).isEqualTo(403);
    assertThat(lab.server().permissions()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[::10.0.0.1]",
        "[2002:a00:1::1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::10.0.0.1]",
        "[::ffff:0:10.0.0.1]"
      })
  void coturn4131OtherEmbeddingsAreNoWayAround(String peer) {
    refused(peer + ":80");
  }

  @Test
  void coturn6c13608RangesAreComparedAsWholeNumbers() {
    var policy =
        new PeerPolicy(true, false, List.of(), List.of(Cidr.parse("fd00::5:0/111")), List.of());
    for (var denied : List.of("fd00::4:ffff", "fd00::5:0", "fd00::5:ffff", "fd00::4:1")) {
      assertThat(allows(policy, denied)).as(denied).isFalse();
    }
    for (var allowed : List.of("fd00::3:ffff", "fd00::6:0", "fd00::1:3")) {
      assertThat(allows(policy, allowed)).as(allowed).isTrue();
    }
  }

  private static boolean allows(PeerPolicy policy, String address) {
    var parsed = IpAddress.parse(address);
    return policy.allows(parsed.high(), parsed.low());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254:80",
        "[fd00:ec2::254]:80",
        "[fe80::1]:80",
        "[fec0::1]:80",
        "[fd00::1]:80"
      })
  void coturnD49ee56MetadataAndLocalNetworksAreDeniedByDefault(String peer) {
    refused(peer);
  }

  @ParameterizedTest
  @CsvSource({"4", "8", "9", "3"})
  void coturnAb762f3NothingBehindTheMacCounts(int method) {
    alice.allocate();
    alice.bind(0x4001, PEER);
    if (method == Stun.ALLOCATE) {
      alice.refresh(0);
    }
    int permissions = lab.server().permissions();
    int channels = lab.server().channels();
    var signed =
        alice.request(
            method,
            to -> {
              if (method == Stun.ALLOCATE) {
                Guest.udp(to);
              }
            });
    var writer = new StunWriter(2048);
    writer.begin(Stun.type(method, Stun.REQUEST), signed, Stun.TRANSACTION);
    var tail = new StunWriter(200);
    tail.begin(0, signed, Stun.TRANSACTION);
    tail.number(Stun.LIFETIME, 0);
    tail.number(Stun.CHANNEL_NUMBER, 0x4002_0000);
    tail.number(Stun.REQUESTED_ADDRESS_FAMILY, Stun.IPV6 << 24);
    tail.number(0x7001, 0);
    Guest.peer("9.9.9.9:99").accept(tail);
    int extra = tail.length() - Stun.HEADER;
    var forged = Arrays.copyOf(signed, signed.length + extra);
    System.arraycopy(tail.bytes(), Stun.HEADER, forged, signed.length, extra);
    forged[2] = (byte) ((forged.length - Stun.HEADER) >>> 8);
    forged[3] = (byte) (forged.length - Stun.HEADER);
    var answer = alice.ask(forged);
    assertThat(code(answer)).isEqualTo(method == 8 || method == 9 ? 400 : 0);
    assertThat(lab.server().allocations()).isOne();
    assertThat(lab.server().permissions()).isEqualTo(permissions);
    assertThat(lab.server().channels()).isEqualTo(channels);
    if (method == Stun.REFRESH) {
      assertThat(answer.firstU32(Stun.LIFETIME)).isEqualTo(600);
    }
  }

  @Test
  void cve202569217NoncesTokensAndPortsAreNotGuessed() {
    var nonces = new HashSet<String>();
    for (int i = 0; i < 500; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (1000 + i));
      guest.sign = false;
      nonces.add(guest.ask(guest.request(Stun.ALLOCATE, Guest::udp)).text(Stun.NONCE));
    }
    assertThat(nonces).hasSize(500);
    var other = new TurnGroup(lab.settings, Lab.openPolicy(), new Random(4));
    var foreign = other.nonces(lab.now).make(0, 1, 2, 0, lab.now);
    assertThat(lab.group.nonces(lab.now).valid(foreign, 0, 1, 2, lab.now)).isFalse();
  }

  @Test
  void cve202643994LengthsBeforeTheProofAreBounded() {
    for (int attribute : new int[] {Stun.NONCE, Stun.REALM, Stun.USERNAME, 0x001b, 0x8030}) {
      for (int size : new int[] {508, 509, 735, 763, 764, 1400}) {
        alice.give(alice.request(Stun.ALLOCATE, to -> to.value(attribute, new byte[size])));
      }
    }
    assertThat(lab.server().allocations()).isZero();
    assertThat(alice.allocate()).isZero();
  }

  @Test
  void ghsa5x2pHandshakesOfDtlsLeaveNothing() {
    var hello = new byte[] {0x16, (byte) 0xfe, (byte) 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    for (int i = 0; i < 10_000; i++) {
      var guest = new Guest(lab, "203.0.113.5:" + (1000 + i));
      assertThat(guest.isIgnored(hello)).isTrue();
    }
    assertThat(lab.server().counters().dropped(TurnDrop.MALFORMED)).isEqualTo(10_000);
    assertThat(lab.server().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void coturn4adbd82EvenPortsDoNotDrainThePool() {
    var small = new Lab(Lab.with(Lab.settings(), 50000, 50999));
    var random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      small.now += Lab.SECOND / 100;
      var guest = new Guest(small, "203.0.113.5:" + (1000 + i % 3));
      boolean reserve = random.nextInt(3) == 0;
      guest.call(
          Stun.ALLOCATE,
          to -> {
            Guest.udp(to);
            to.value(Stun.EVEN_PORT, new byte[] {(byte) (reserve ? 0x80 : 0)});
          });
      guest.refresh(0);
    }
    assertThat(small.group.availablePorts()).isEqualTo(1000);
    assertThat(small.group.allocations()).isZero();
    assertThat(small.loop().sockets).isEmpty();
  }

  @Test
  void coturn3c5b261NobodyResumesAnothersAllocation() {
    alice.allocate();
    var moved = new Guest(lab, "203.0.113.5:40001");
    var answer =
        moved.call(Stun.REFRESH, to -> to.value(0x8030, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    assertThat(code(answer)).isEqualTo(437);
    assertThat(lab.group.allocations()).isOne();
  }

  @Test
  void coturn20d8e38NoAnswerCarriesReasonText() {
    alice.sign = false;
    var answer = alice.ask(alice.request(Stun.ALLOCATE, Guest::nothing));
    assertThat(answer.lengthAt(answer.find(Stun.ERROR_CODE))).isEqualTo(4);
  }

  @Test
  void coturn5ca467ePermissionsAndChannelsAreBounded() {
    alice.allocate();
    for (int i = 1; i < 200; i++) {
      alice.permit("8.8.8." + i);
      alice.bind(0x4000 + i, "8.8.8.8:" + i);
    }
    assertThat(lab.server().permissions()).isEqualTo(8);
    assertThat(lab.server().channels()).isLessThanOrEqualTo(8);
  }

  @Test
  void slack2020TheRelayIsNoProxyIntoTheNetworkBehindIt() {
    for (var inside : List.of("10.0.0.1:22", "172.16.0.1:80", "192.168.1.1:443", "100.64.0.1:1")) {
      refused(inside);
    }
  }

  /** Two relays set against each other must fall silent at once. */
  @Test
  void netscout2021ReflectionsEnd() {
    var other = new Lab();
    var here = new Guest(lab, "198.51.100.1:3478");
    here.sign = false;
    here.ask(here.request(Stun.ALLOCATE, Guest::udp));
    var bounced = lab.loop().last().bytes();
    other.fromClient(other.loop(), Endpoint.parse("198.51.100.2:3478"), 1, bounced);
    assertThat(other.loop().replies).isEmpty();
    here.ask(here.request(Stun.BINDING, Guest::nothing));
    other.fromClient(
        other.loop(), Endpoint.parse("198.51.100.2:3478"), 1, lab.loop().last().bytes());
    assertThat(other.loop().replies).isEmpty();
  }

  @Test
  void firezonesNonceTableTenThousandSourcesLeaveNothingBehind() {
    for (int i = 0; i < 10_000; i++) {
      var guest = new Guest(lab, "203.0." + (i >> 8) + "." + (i & 255) + ":1000");
      guest.give(guest.request(Stun.ALLOCATE, Guest::udp));
    }
    assertThat(lab.server().allocations()).isZero();
    assertThat(lab.group.allocations()).isZero();
    assertThat(lab.server().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void firezonesAllocateAnswersBeforeTheBindOursDoesNot() {
    lab.everythingTaken = true;
    assertThat(alice.allocate()).isEqualTo(508);
  }

  @Test
  void expiriesAtTheEdgeOfTheNumbersAreNobodys() {
    var credentials = new FirezoneCredentials("s".getBytes(UTF_8));
    for (var name :
        List.of("9223372036854775807:a", "9223372036854775808:a", "18446744073709551616:a")) {
      assertThat(credentials.find(name.getBytes(UTF_8), 1)).isNull();
    }
    assertThat(credentials.find("999999999999999999:a".getBytes(UTF_8), 1)).isNotNull();
  }

  private void refused(String peer) {
    if (lab.server().allocations() == 0) {
      alice.allocateBoth();
    }
    assertThat(alice.bind(0x4001, peer)).isEqualTo(403);
    var address = peer.substring(0, peer.lastIndexOf(':'));
    boolean own = address.equals(Lab.RELAY_V4.toString());
    assertThat(alice.permit(address)).isEqualTo(own ? 0 : 403);
    assertThat(alice.send(peer, DATA).verdict()).isZero();
    assertThat(alice.channelData(0x4001, DATA).verdict()).isZero();
  }
}
