package dev.gatehouse.crypto.core;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** X25519 (RFC 7748) of BouncyCastle: there wherever Java is. */
public final class Curve25519 implements KeyAgreement {

  /** The length of keys and shared secrets. */
  public static final int LENGTH = 32;

  /** The one instance needed. */
  public static final KeyAgreement JAVA = new Curve25519();

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

  @Override
  public PrivateKey privateKey(byte[] bytes) {
    return new Key(bytes.clone());
  }

  private static final class Key implements PrivateKey {

    private final byte[] bytes;

    Key(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public byte[] publicKey() {
      return Curve25519.publicKey(bytes);
    }

    @Override
    public boolean agree(byte[] publicKey, byte[] secret) {
      return X25519.calculateAgreement(bytes, 0, publicKey, 0, secret, 0);
    }

    @Override
    public void close() {
      Arrays.fill(bytes, (byte) 0);
    }
  }
}
