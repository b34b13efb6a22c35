package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.crypto.core.KeyAgreement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the implementation of X25519: that of OpenSSL, about twice as fast, where OpenSSL is
 * used.
 */
final class KeyAgreements {

  private static final Logger log = LoggerFactory.getLogger(KeyAgreements.class);

  private KeyAgreements() {}

  /** The one that goes with an AEAD engine. */
  static KeyAgreement choose(AeadEngine engine) {
    if (!(engine instanceof OpenSslEngine openSsl)) {
      return Curve25519.JAVA;
    }
    var curve = openSsl.keyAgreement();
    if (works(curve)) {
      return curve;
    }
    log.atWarn().log("OpenSSL's X25519 computes wrong results on this machine and is not used");
    return Curve25519.JAVA;
  }

  /** Whether it computes what RFC 7748 and BouncyCastle say, and refuses points of low order. */
  static boolean works(KeyAgreement curve) {
    try {
      return knowsTheRfcVector(curve) && agreesOnKeys(curve);
    } catch (RuntimeException | LinkageError e) {
      log.atDebug().setCause(e).log("self-test failed");
      return false;
    }
  }

  /** RFC 7748, section 5.2. */
  private static boolean knowsTheRfcVector(KeyAgreement curve) {
    var hex = HexFormat.of();
    var secret = new byte[32];
    var scalar = hex.parseHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    var point = hex.parseHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    try (var key = curve.privateKey(scalar)) {
      return key.agree(point, secret)
          && hex.formatHex(secret)
              .equals("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
          && !key.agree(new byte[32], secret);
    }
  }

  private static boolean agreesOnKeys(KeyAgreement curve) {
    var random = new Random(7748);
    for (int i = 0; i < 4; i++) {
      var one = Curve25519.generatePrivateKey(random);
      var other = Curve25519.generatePrivateKey(random);
      var expected = new byte[32];
      var actual = new byte[32];
      try (var ours = curve.privateKey(one);
          var known = Curve25519.JAVA.privateKey(other);
          var same = curve.privateKey(other)) {
        known.agree(Curve25519.publicKey(one), expected);
        boolean sound = same.agree(ours.publicKey(), actual);
        if (!sound || !Arrays.equals(expected, actual)) {
          return false;
        }
      }
    }
    return true;
  }
}
