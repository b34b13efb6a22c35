package dev.gatehouse.admin.core.uapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {

  static final String KEY = "ab".repeat(32);
  private static final String ZERO = "00".repeat(32);

  private final RequestParser parser = new RequestParser();

  private Request parse(String text) {
    return parser.take(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))).orElseThrow();
  }

  private DeviceChange change(String lines) {
    return ((Request.Set) parse("set=1\n" + lines + "\n")).change();
  }

  private Errno refused(String text) {
    return ((Request.Malformed) parse(text)).why().errno();
  }

  @Test
  void everythingThatWgSendsIsUnderstood() {
    var change =
        change(
            """
            private_key=%s
            listen_port=51820
            fwmark=4294967295
            replace_peers=true
            public_key=%s
            remove=true
            public_key=%s
            update_only=true
            preshared_key=%s
            endpoint=[2001:db8::1]:7
            persistent_keepalive_interval=25
            replace_allowed_ips=true
            allowed_ip=100.64.0.5/32
            allowed_ip=-fd00::5/128
            protocol_version=1
            """
                .formatted(KEY, KEY, "CD".repeat(32), KEY));
    assertThat(change.privateKey()).contains(secret(0xab));
    assertThat(change.listenPort()).contains(51820);
    assertThat(change.fwmark()).contains(0xffff_ffffL);
    assertThat(change.replacePeers()).isTrue();
    assertThat(change.peers()).hasSize(2);
    var first = change.peers().getFirst();
    assertThat(first.key()).isEqualTo(key(0xab));
    assertThat(first.remove()).isTrue();
    assertThat(first.presharedKey()).isEmpty();
    var second = change.peers().getLast();
    assertThat(second.key()).isEqualTo(key(0xcd));
    assertThat(second.remove()).isFalse();
    assertThat(second.updateOnly()).isTrue();
    assertThat(second.presharedKey()).contains(secret(0xab));
    assertThat(second.endpoint()).contains(Endpoint.parse("[2001:db8::1]:7"));
    assertThat(second.persistentKeepalive()).contains(Duration.ofSeconds(25));
    assertThat(second.replaceAllowedIps()).isTrue();
    assertThat(second.allowedIps())
        .containsExactly(
            new PeerChange.AllowedIp(Cidr.parse("100.64.0.5/32"), false),
            new PeerChange.AllowedIp(Cidr.parse("fd00::5/128"), true));
  }

  @Test
  void requestsFollowEachOtherInPiecesOfAnySize() {
    var text = "get=1\n\nset=1\nlisten_port=7\n\nnonsense\n\nget=1\n\n";
    for (int size = 1; size <= text.length(); size++) {
      var kinds = new StringBuilder();
      for (int at = 0; at < text.length(); at += size) {
        var piece = text.substring(at, Math.min(text.length(), at + size));
        var input = ByteBuffer.wrap(piece.getBytes(StandardCharsets.US_ASCII));
        while (input.hasRemaining()) {
          parser.take(input).ifPresent(request -> kinds.append(request.getClass().getSimpleName()));
        }
      }
      assertThat(kinds.toString()).as("pieces of " + size).isEqualTo("GetSetMalformedGet");
      assertThat(parser.isUnderWay()).isFalse();
    }
  }

  @Test
  void whatWasReadIsOverwritten() {
    var input = ByteBuffer.wrap(("set=1\nprivate_key=" + KEY).getBytes(StandardCharsets.US_ASCII));
    assertThat(parser.take(input)).isEmpty();
    assertThat(input.array()).containsOnly(0);
    parser.close();
    assertThat(parser.isUnderWay()).isFalse();
  }

  @Test
  void closingARequestOverwritesItsKeys() {
    var change =
        change("private_key=" + KEY + "\npublic_key=" + KEY + "\npreshared_key=" + KEY + "\n");
    var keys = java.util.List.of(change.privateKey(), change.peers().getFirst().presharedKey());
    change.close();
    for (var key : keys) {
      assertThat(key).contains(SecretKey.of(new byte[32]));
    }
  }

  @Test
  void whatIsSaidAgainCountsInItsNewForm() {
    var change =
        change("listen_port=1\nlisten_port=2\nprivate_key=" + ZERO + "\nprivate_key=" + KEY + "\n");
    assertThat(change.listenPort()).contains(2);
    assertThat(change.privateKey()).contains(secret(0xab));
    assertThat(change.peers()).isEmpty();
  }

  /** The numbers are those that wireguard-go answers with. */
  @ParameterizedTest
  @CsvSource({
    "bad=1, INVALID",
    "noequals, PROTOCOL",
    "listen_port=99999, INVALID",
    "listen_port=, INVALID",
    "listen_port=-1, INVALID",
    "listen_port=+1, INVALID",
    "listen_port=00000000001, INVALID",
    "fwmark=0x10, INVALID",
    "fwmark=4294967296, INVALID",
    "replace_peers=false, INVALID",
    "private_key=ab, INVALID",
    "preshared_key=" + "abababababababababababababababababababababababababababababababab, INVALID",
    "public_key=zz, INVALID",
    "set=1, INVALID",
  })
  void aWrongLineOfTheDeviceIsRefused(String line, Errno errno) {
    assertThat(refused("set=1\n" + line + "\n\n")).isEqualTo(errno);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "remove=false",
        "update_only=1",
        "replace_allowed_ips=",
        "allowed_ip=10.0.0.9",
        "allowed_ip=10.0.0.9/33",
        "allowed_ip=10.0.0.9/",
        "allowed_ip=/32",
        "allowed_ip=--10.0.0.9/32",
        "endpoint=localhost:9",
        "endpoint=192.0.2.1:0",
        "endpoint=192.0.2.1",
        "endpoint=[fe80::1%eth0]:9",
        "endpoint=0.0.0.0:9",
        "persistent_keepalive_interval=65536",
        "persistent_keepalive_interval=off",
        "protocol_version=2",
        "private_key=" + "abababababababababababababababababababababababababababababababab",
        "listen_port=1",
        "errno=0",
      })
  void aWrongLineOfAPeerIsRefused(String line) {
    assertThat(refused("set=1\npublic_key=" + KEY + "\n" + line + "\n\n")).isEqualTo(Errno.INVALID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "get=2\n", "set=\n", "put=1\n", "get=1\nget=1\n", "get=1\nprivate_key=1\n"})
  void whatIsNoRequestIsRefused(String text) {
    assertThat(refused(text + "\n")).isEqualTo(Errno.INVALID);
  }

  @Test
  void theFirstMistakeCountsAndTheNextRequestIsANewOne() {
    assertThat(refused("set=1\nnoequals\nbad=1\n\n")).isEqualTo(Errno.PROTOCOL);
    assertThat(change("listen_port=9\n").listenPort()).contains(9);
  }

  @Test
  void endlessLinesAndRequestsAreReadToTheirEndAndRefused() {
    assertThat(refused("set=1\n" + "x".repeat(100_000) + "=1\n\n")).isEqualTo(Errno.PROTOCOL);
    var peers = ("public_key=" + KEY + "\n").repeat(RequestParser.MAX_BYTES / 70);
    assertThat(refused("set=1\n" + peers + "\n")).isEqualTo(Errno.TOO_BIG);
    assertThat(parse("get=1\n\n")).isInstanceOf(Request.Get.class);
  }

  @Test
  void aLineOfTheLargestLengthIsRead() {
    var line = "x=" + "y".repeat(RequestParser.MAX_LINE - 2);
    assertThat(refused("set=1\n" + line + "\n\n")).isEqualTo(Errno.INVALID);
    assertThat(refused("set=1\n" + line + "y\n\n")).isEqualTo(Errno.PROTOCOL);
  }

  @Test
  void refusalsDoNotRepeatWhatWasSent() {
    var why = ((Request.Malformed) parse("set=1\nprivate_key=" + KEY + "0\n\n")).why();
    assertThat(why.problem() + why.fix()).doesNotContain(KEY).contains("private_key");
    assertThat(Optional.of(why.errno().number())).contains(22);
  }

  private static SecretKey secret(int octet) {
    return SecretKey.of(filled(octet));
  }

  private static PublicKey key(int octet) {
    return PublicKey.of(filled(octet));
  }

  private static byte[] filled(int octet) {
    var bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) octet);
    return bytes;
  }
}
