package dev.gatehouse.crypto.core;

import java.util.Arrays;

/** The gateway's own static key pair. Closing overwrites the private key. */
public final class Identity implements AutoCloseable {

  private final byte[] bytes;
  private final byte[] publicKey;
  private KeyAgreement curve = Curve25519.JAVA;
  private KeyAgreement.PrivateKey privateKey;

  /** Takes over the 32 bytes. */
  public Identity(byte[] privateKey) {
    this.bytes = privateKey;
    this.privateKey = curve.privateKey(privateKey);
    this.publicKey = this.privateKey.publicKey();
  }

  /** Computes with this implementation from now on; called before anyone else has the identity. */
  public void computeWith(KeyAgreement implementation) {
    privateKey.close();
    curve = implementation;
    privateKey = implementation.privateKey(bytes);
  }

  /** The implementation to compute with. */
  KeyAgreement curve() {
    return curve;
  }

  /** The public key; not to be changed. */
  public byte[] publicKey() {
    return publicKey;
  }

  /** A copy of the private key, which the caller overwrites. */
  public byte[] copyOfPrivateKey() {
    return bytes.clone();
  }

  /** The shared secret with a remote key; false if that is a point of low order. */
  boolean agree(byte[] remote, byte[] secret) {
    return privateKey.agree(remote, secret);
  }

  @Override
  public void close() {
    privateKey.close();
    Arrays.fill(bytes, (byte) 0);
  }
}
