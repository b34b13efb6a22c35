package dev.gatehouse.crypto.core;

import java.util.random.RandomGenerator;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** X25519 (RFC 7748). */
public final class Curve25519 {

  /** The length of keys and shared secrets. */
  public static final int LENGTH = 32;

  private Curve25519() {}

  /** A new private key, clamped as {@code wg genkey} does. */
  public static byte[] generatePrivateKey(RandomGenerator random) {
    var key = new byte[LENGTH];
    random.nextBytes(key);
    X25519.clampPrivateKey(key);
    return key;
  }

  /** The public key of a private one. */
  public static byte[] publicKey(byte[] privateKey) {
    var key = new byte[LENGTH];
    X25519.scalarMultBase(privateKey, 0, key, 0);
    return key;
  }

  /**
   * The shared secret.
   *
   * @return false if it is all zero, which only a point of low order gives: then it must not be
   *     used
   */
  public static boolean agree(byte[] privateKey, byte[] publicKey, byte[] secret) {
    return X25519.calculateAgreement(privateKey, 0, publicKey, 0, secret, 0);
  }
}
