package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.crypto.io.TestEngines;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PrimitivesTest {

  private static final HexFormat HEX = HexFormat.of();

  @Test
  void blake2sGivesTheKnownAnswers() {
    var key = new byte[32];
    for (int i = 0; i < 32; i++) {
      key[i] = (byte) i;
    }
    var keyed = new Blake2s.Keyed(key);
    int count = 0;
    for (var row : Vectors.rows("blake2s.txt")) {
      var message = new byte[Integer.parseInt(row[0])];
      for (int i = 0; i < message.length; i++) {
        message[i] = (byte) i;
      }
      var mac = new byte[16];
      keyed.mac(message, message.length, mac, 0);
      assertThat(HEX.formatHex(Blake2s.hash(message))).as("hash of %s", row[0]).isEqualTo(row[1]);
      assertThat(HEX.formatHex(mac)).as("mac of %s", row[0]).isEqualTo(row[2]);
      count += 2;
    }
    assertThat(count).isEqualTo(512);
    Vectors.report("BLAKE2s", count);
  }

  @Test
  void blake2sOfAbcIsThatOfRfc7693() {
    assertThat(HEX.formatHex(Blake2s.hash("abc".getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
  }

  @Test
  void aClearedKeyIsNotTheKeyAnyMore() {
    var keyed = new Blake2s.Keyed(new byte[] {1, 2, 3});
    var before = new byte[16];
    keyed.mac(new byte[1], 1, before, 0);
    keyed.clear();
    var after = new byte[16];
    keyed.mac(new byte[1], 1, after, 0);
    assertThat(after).isNotEqualTo(before);
  }

  @Test
  void x25519GivesTheAnswersOfRfc7748() {
    var secret = new byte[32];
    assertThat(
            agree(
                Curve25519.JAVA,
                HEX.parseHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                HEX.parseHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
                secret))
        .isTrue();
    assertThat(HEX.formatHex(secret))
        .isEqualTo("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  }

  @Test
  void x25519AfterAThousandRoundsIsThatOfRfc7748() {
    var k = new byte[32];
    k[0] = 9;
    var u = k.clone();
    for (int i = 0; i < 1000; i++) {
      var next = new byte[32];
      agree(Curve25519.JAVA, k, u, next);
      u = k;
      k = next;
      if (i == 0) {
        assertThat(HEX.formatHex(k))
            .isEqualTo("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
      }
    }
    assertThat(HEX.formatHex(k))
        .isEqualTo("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  }

  @Test
  void x25519PassesWycheproofAndRefusesPointsOfLowOrder() {
    for (var curve : TestEngines.curves()) {
      int count = 0;
      int lowOrder = 0;
      for (var row : Vectors.rows("wycheproof-x25519.txt")) {
        var secret = new byte[32];
        boolean sound = agree(curve, Vectors.bytes(row[2]), Vectors.bytes(row[3]), secret);
        var shared = Vectors.bytes(row[4]);
        boolean zero = Arrays.equals(shared, new byte[32]);
        assertThat(sound).as("vector %s", row[0]).isEqualTo(!zero);
        if (sound) {
          assertThat(secret).as("vector %s", row[0]).isEqualTo(shared);
        }
        count++;
        lowOrder += zero ? 1 : 0;
      }
      assertThat(count).isEqualTo(518);
      assertThat(lowOrder).isPositive();
      var name = curve.getClass().getSimpleName();
      Vectors.report("X25519 (Wycheproof) with " + name + ", " + lowOrder + " refused", count);
    }
  }

  private static boolean agree(
      KeyAgreement curve, byte[] privateKey, byte[] publicKey, byte[] secret) {
    try (var key = curve.privateKey(privateKey)) {
      return key.agree(publicKey, secret);
    }
  }

  @Test
  void xchacha20Poly1305PassesWycheproof() {
    int count = 0;
    for (var row : Vectors.rows("wycheproof-xchacha20-poly1305.txt")) {
      var nonce = Vectors.bytes(row[3]);
      if (nonce.length != 24) {
        assertThat(row[1]).as("vector %s", row[0]).isEqualTo("invalid");
        count++;
        continue;
      }
      var sealed = HEX.parseHex((row[6] + row[7]).replace("-", ""));
      var key = Vectors.bytes(row[2]);
      var opened = HandshakeCipher.open(key, nonce, sealed, Vectors.bytes(row[4]));
      if (row[1].equals("valid")) {
        assertThat(opened).as("vector %s", row[0]).isEqualTo(Vectors.bytes(row[5]));
        assertThat(HandshakeCipher.seal(key, nonce, Vectors.bytes(row[5]), Vectors.bytes(row[4])))
            .as("vector %s", row[0])
            .isEqualTo(sealed);
      } else {
        assertThat(opened).as("vector %s", row[0]).isNull();
      }
      count++;
    }
    assertThat(count).isEqualTo(315);
    Vectors.report("XChaCha20-Poly1305 (Wycheproof)", count);
  }
}
