package dev.gatehouse.relay.core.turn;

import static dev.gatehouse.relay.core.turn.Guest.code;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticationTest {

  private static final byte[] STAMP = "1cab293a-4032-46f4-862a-40e5d174b0d2".getBytes(US_ASCII);

  private final Lab lab = new Lab();
  private final Guest alice = new Guest(lab, "203.0.113.5:40000");

  @Test
  void withoutProofThereIsAChallengeAndNothingElse() {
    alice.sign = false;
    var answer = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp));
    assertThat(code(answer)).isEqualTo(401);
    assertThat(answer.text(Stun.REALM)).isEqualTo("firezone");
    assertThat(answer.text(Stun.NONCE)).startsWith("obMatJos2wAAA").hasSize(35);
    assertThat(answer.value(Stun.PASSWORD_ALGORITHMS)).containsExactly(0, 2, 0, 0, 0, 1, 0, 0);
    assertThat(answer.has(Stun.MESSAGE_INTEGRITY)).isFalse();
    assertThat(answer.has(Stun.SOFTWARE)).isFalse();
    assertThat(lab.loop().sockets).isEmpty();
  }

  @Test
  void aWrongPasswordIsChallengedAgainWithoutASignature() {
    alice.allocate();
    alice.user("bob", "guess");
    var answer = alice.ask(alice.request(Stun.REFRESH, Guest::nothing));
    assertThat(code(answer)).isEqualTo(401);
    assertThat(answer.has(Stun.MESSAGE_INTEGRITY)).isFalse();
    alice.user("nobody", "guess");
    assertThat(code(alice.ask(alice.request(Stun.REFRESH, Guest::nothing)))).isEqualTo(401);
  }

  @Test
  void theNewAlgorithmsAreUnderstood() {
    alice.algorithms = true;
    alice.sha256 = true;
    fetchNonce();
    var answer = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp));
    assertThat(code(answer)).isZero();
    assertThat(answer.has(Stun.MESSAGE_INTEGRITY)).isFalse();
    assertThat(alice.signed(answer)).isTrue();
  }

  @Test
  void aUserhashNamesItsUser() {
    alice.user("マトリックス", "TheMatrIX");
    alice.algorithms = true;
    alice.sha256 = true;
    alice.userhash = true;
    fetchNonce();
    assertThat(alice.allocate()).isZero();
    alice.userhash = false;
    assertThat(code(alice.refresh(600))).isZero();
  }

  @Test
  void sha256MacsGoWithTheOldKey() {
    alice.sha256 = true;
    var answer = alice.call(Stun.ALLOCATE, Guest::udp);
    assertThat(code(answer)).isZero();
    assertThat(answer.has(Stun.MESSAGE_INTEGRITY_SHA256)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "0200 0000 0001 0000, 0002 0000",
    "0002 0000, 0002 0000",
    "0002 0000 0001 0000, 0003 0000",
    "0002 0000 0001 0000, 0002 0004 0000 0000"
  })
  void algorithmsThatWereNotOfferedAreABadRequest(String offered, String chosen) {
    fetchNonce();
    var answer =
        alice.ask(
            alice.request(
                Stun.ALLOCATE,
                to -> {
                  to.value(Stun.PASSWORD_ALGORITHMS, hex(offered));
                  to.value(Stun.PASSWORD_ALGORITHM, hex(chosen));
                }));
    assertThat(code(answer)).isEqualTo(400);
  }

  @Test
  void oneAlgorithmAttributeWithoutTheOtherIsABadRequest() {
    fetchNonce();
    for (int attribute : new int[] {Stun.PASSWORD_ALGORITHM, Stun.PASSWORD_ALGORITHMS}) {
      var answer = alice.ask(alice.request(Stun.ALLOCATE, to -> to.number(attribute, 0x0002_0000)));
      assertThat(code(answer)).isEqualTo(400);
    }
  }

  @Test
  void aRealmWithoutTheNewAlgorithmsHasShortNoncesWithoutACookie() {
    var realm = new Realm("firezone", Lab.realm().credentials(), false);
    var old = new Lab(Lab.with(Lab.settings(), List.of(realm)));
    var guest = new Guest(old, "203.0.113.5:40000");
    guest.sign = false;
    var answer = guest.ask(guest.request(Stun.ALLOCATE, Guest::udp));
    assertThat(answer.value(Stun.NONCE)).hasSize(22);
    assertThat(answer.has(Stun.PASSWORD_ALGORITHMS)).isFalse();
    guest.sign = true;
    assertThat(guest.allocate()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "00000000-0000-4000-8000-000000000001",
        "obMatJos2wAAA",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "obMatJos2wAAAAAAAAAAAAAAAAAAAAAAAAA",
        "obMatJos2AAAAAAAAAAAAAAAAAAAAAAAAAA"
      })
  void aForgedNonceIsStaleAndNever401(String nonce) {
    alice.nonce = nonce.getBytes(UTF_8);
    assertThat(code(alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)))).isEqualTo(438);
    assertThat(lab.server().counters().noncesRejected()).isOne();
  }

  @Test
  void aNonceIsGoodForItsAddressAndPortAlone() {
    alice.allocate();
    for (var other : List.of("203.0.113.5:40001", "203.0.113.6:40000", "[2001:db8::5]:40000")) {
      var thief = new Guest(lab, other);
      thief.nonce = alice.nonce;
      assertThat(code(thief.ask(thief.request(Stun.ALLOCATE, Guest::udp)))).isEqualTo(438);
    }
  }

  @Test
  void aNonceLivesForAnHourAcrossKeysAndNotLonger() {
    fetchNonce();
    lab.pass(3599);
    assertThat(code(alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)))).isZero();
    alice.refresh(3600);
    lab.pass(2);
    var answer = alice.ask(alice.request(Stun.REFRESH, Guest::nothing));
    assertThat(code(answer)).isEqualTo(438);
    alice.nonce = answer.value(Stun.NONCE);
    assertThat(code(alice.ask(alice.request(Stun.REFRESH, Guest::nothing)))).isZero();
    lab.pass(100_000);
    assertThat(code(alice.ask(alice.request(Stun.REFRESH, Guest::nothing)))).isEqualTo(438);
  }

  @Test
  void everyFlippedBitOfANonceIsNoticed() {
    var good = fetchNonce();
    for (int bit = 0; bit < 8 * good.length; bit++) {
      var damaged = good.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      alice.nonce = damaged;
      assertThat(code(alice.ask(alice.request(Stun.REFRESH, Guest::nothing))))
          .as("bit " + bit)
          .isEqualTo(438);
    }
  }

  @Test
  void theServersOfARelayTakeEachOthersNonces() {
    var two = new Lab(Lab.settings(), Lab.openPolicy(), 2);
    var first = new Guest(two, two.loops.get(0), "203.0.113.5:40000", 1);
    first.allocate();
    two.pass(3000);
    var second = new Guest(two, two.loops.get(1), "203.0.113.5:40000", 1);
    second.nonce = first.nonce;
    assertThat(code(second.ask(second.request(Stun.ALLOCATE, Guest::udp)))).isZero();
  }

  @Test
  void aProofWithoutANameOrRealmIsABadRequest() {
    var nonce = fetchNonce();
    alice.sign = false;
    var answer =
        alice.ask(
            alice.request(
                Stun.ALLOCATE,
                to -> {
                  to.value(Stun.NONCE, nonce);
                  to.value(Stun.MESSAGE_INTEGRITY, new byte[20]);
                }));
    assertThat(code(answer)).isEqualTo(400);
  }

  @Test
  void anUnknownRealmIsChallengedWithTheFirst() {
    fetchNonce();
    alice.realm = "elsewhere";
    var answer = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp));
    assertThat(code(answer)).isEqualTo(401);
    assertThat(answer.text(Stun.REALM)).isEqualTo("firezone");
  }

  @Test
  void somebodyElseOnTheSame5TupleHasWrongCredentials() {
    alice.allocate();
    alice.user("bob", "builder");
    var answer = alice.ask(alice.request(Stun.REFRESH, Guest::nothing));
    assertThat(code(answer)).isEqualTo(441);
    assertThat(alice.signed(answer)).isTrue();
    assertThat(code(alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)))).isEqualTo(437);
  }

  @Test
  void realmsHaveSchemesOfTheirOwn() {
    var firezone = new FirezoneCredentials(STAMP);
    var rest = new SharedSecretCredentials("north".getBytes(UTF_8));
    var mixed =
        new Lab(
            Lab.with(
                Lab.settings(),
                List.of(
                    new Realm("firezone", firezone, false),
                    new Realm("rest.example", rest, true),
                    new Realm("static.example", Lab.realm().credentials(), true))));
    var username = (Lab.EPOCH + 100) + ":salt";
    var client =
        new Guest(mixed, "203.0.113.5:1")
            .user(username, text(firezone.password(Lab.EPOCH + 100, "salt")));
    assertThat(client.allocate()).isZero();
    var restUser = (Lab.EPOCH + 100) + ":carol";
    var second = new Guest(mixed, "203.0.113.5:2").user(restUser, text(rest.password(restUser)));
    second.realm = "rest.example";
    assertThat(second.allocate()).isZero();
    var third = new Guest(mixed, "203.0.113.5:3");
    third.realm = "static.example";
    assertThat(third.allocate()).isZero();
    third.realm = "rest.example";
    assertThat(code(third.ask(third.request(Stun.REFRESH, Guest::nothing)))).isEqualTo(401);
  }

  @Test
  void firezonesPasswordsAreItsOwnByteForByte() {
    assertThat(
            text(
                new FirezoneCredentials(
                        "4c98bf59c99b3e467ecd7cf9d6b3e5279645fca59be67bc5bb4af3cf653761ab"
                            .getBytes(US_ASCII))
                    .password(1892160000L, "n23JJ2wKKtt30oXi")))
        .isEqualTo("00hqldgk5xLeKKOB+xls9mHMVtgqzie9DulfgQwMv68");
    assertThat(text(new FirezoneCredentials(STAMP).password(1685984278L, "uvdgKvS9GXYZ_vmv")))
        .isEqualTo("6xUIoZ+QvxKhRasLifwfRkMXl+ETLJUsFkHlXjlHAkg");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "salt",
        "1892160000",
        ":salt",
        "1892160000:",
        "1892160000:a:b",
        "007:salt",
        "-1:salt",
        "+1:salt",
        " 1:salt",
        "1e9:salt",
        "9223372036854775808:salt",
        "٣:salt"
      })
  void namesThatAreNotExpiryAndSaltAreNobody(String name) {
    var credentials = new FirezoneCredentials(STAMP);
    var account = credentials.find(name.getBytes(UTF_8), 5);
    assertThat(account == null || name.equals("1892160000:")).isTrue();
  }

  @Test
  void theLastSecondOfAnExpiryIsStillGood() {
    var credentials = new FirezoneCredentials(STAMP);
    var name = "1685984278:salt".getBytes(UTF_8);
    assertThat(expired(credentials, name, 1685984278L)).isFalse();
    assertThat(expired(credentials, name, 1685984279L)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1685984278:carol, carol",
    "carol:1685984278, carol",
    "1685984278, 1685984278",
    "1685984278:a:b, a:b"
  })
  void coturnsNamesAreRead(String name, String user) {
    var credentials = new SharedSecretCredentials("north".getBytes(UTF_8));
    var account = requireNonNull(credentials.find(name.getBytes(UTF_8), 1685984278L));
    assertThat(account.name()).isEqualTo(user);
    assertThat(account.expired()).isFalse();
    assertThat(expired(credentials, name.getBytes(UTF_8), 1685984279L)).isTrue();
  }

  @Test
  void coturnsPasswordIsTheHmacOfTheName() {
    assertThat(
            text(
                new SharedSecretCredentials("north".getBytes(UTF_8))
                    .password("1433895918:ninefingers")))
        .isEqualTo(
            Base64.getEncoder()
                .encodeToString(
                    Integrity.hmacSha1(
                        "north".getBytes(UTF_8), "1433895918:ninefingers".getBytes(UTF_8))));
  }

  @Test
  void firezonesClientGetsEveryRefusalSigned() {
    var credentials = new FirezoneCredentials(STAMP);
    var lab = firezone(credentials);
    long expiry = Lab.EPOCH + 1000;
    var client =
        new Guest(lab, "203.0.113.5:40000")
            .user(expiry + ":salt", text(credentials.password(expiry, "salt")));
    var first = client.ask(client.request(Stun.ALLOCATE, Guest::udp));
    assertThat(code(first)).isEqualTo(401);
    assertThat(client.signed(first)).isTrue();
    client.nonce = "00000000-0000-4000-8000-000000000001".getBytes(US_ASCII);
    var stale = client.ask(client.request(Stun.ALLOCATE, Guest::udp));
    assertThat(code(stale)).isEqualTo(438);
    assertThat(client.signed(stale)).isTrue();
    client.nonce = first.value(Stun.NONCE);
    signedError(client, 437, client.ask(client.request(Stun.REFRESH, Guest::nothing)));
    signedError(client, 400, client.ask(client.request(Stun.ALLOCATE, Guest::nothing)));
    signedError(
        client,
        440,
        client.ask(
            client.request(
                Stun.ALLOCATE,
                to -> {
                  Guest.udp(to);
                  to.number(Stun.REQUESTED_ADDRESS_FAMILY, Stun.IPV6 << 24);
                })));
    signedError(
        client,
        400,
        client.ask(
            client.request(Stun.ALLOCATE, to -> to.value(Stun.CHANNEL_NUMBER, new byte[1]))));
    assertThat(client.allocate()).isZero();
    assertThat(client.bind(0x4001, "203.0.113.9:5000")).isZero();
    signedError(
        client,
        443,
        client.ask(client.request(Stun.CREATE_PERMISSION, Guest.peer("[2001:db8::5]:1"))));
  }

  @Test
  void firezonesRefreshesWithItsAdditionalAttributesAreFine() {
    alice.allocateBoth();
    var answer =
        alice.call(
            Stun.REFRESH,
            to -> {
              Guest.udp(to);
              to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, Stun.IPV6 << 24);
            });
    assertThat(code(answer)).isZero();
  }

  @Test
  void expiredCredentialsAreToldSoAndAnExistingAllocationLivesOn() {
    var credentials = new FirezoneCredentials(STAMP);
    var lab = firezone(credentials);
    long expiry = lab.epochSeconds() + 5;
    var client =
        new Guest(lab, "203.0.113.5:40000")
            .user(expiry + ":salt", text(credentials.password(expiry, "salt")));
    assertThat(client.allocate()).isZero();
    client.bind(0x4001, "203.0.113.9:5000");
    lab.pass(6);
    var answer = client.ask(client.request(Stun.REFRESH, Guest::nothing));
    assertThat(code(answer)).isEqualTo(401);
    assertThat(client.signed(answer)).isTrue();
    assertThat(client.channelData(0x4001, new byte[3]).verdict()).isEqualTo(TurnServer.TO_PEER);
  }

  private static Lab firezone(FirezoneCredentials credentials) {
    var realm = new Realm("firezone", credentials, false);
    return new Lab(Lab.with(Lab.with(Lab.settings(), Lab.RELAY_V4, null), List.of(realm)));
  }

  private static void signedError(Guest client, int code, StunReader answer) {
    assertThat(code(answer)).isEqualTo(code);
    assertThat(client.signed(answer)).isTrue();
  }

  private static boolean expired(Credentials credentials, byte[] name, long now) {
    return requireNonNull(credentials.find(name, now)).expired();
  }

  private byte[] fetchNonce() {
    var nonce = alice.ask(alice.request(Stun.ALLOCATE, Guest::udp)).value(Stun.NONCE);
    alice.nonce = nonce;
    return nonce;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
