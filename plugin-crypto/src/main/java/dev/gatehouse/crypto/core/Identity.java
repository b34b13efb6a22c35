package dev.gatehouse.crypto.core;

import java.util.Arrays;

/** The gateway's own static key pair. Closing overwrites the private key. */
public final class Identity implements AutoCloseable {

  private final byte[] privateKey;
  private final byte[] publicKey;

  /** Takes over the 32 bytes. */
  public Identity(byte[] privateKey) {
    this.privateKey = privateKey;
    this.publicKey = Curve25519.publicKey(privateKey);
  }

  /** The public key; not to be changed. */
  public byte[] publicKey() {
    return publicKey;
  }

  /** The shared secret with a remote key; false if that is a point of low order. */
  boolean agree(byte[] remote, byte[] secret) {
    return Curve25519.agree(privateKey, remote, secret);
  }

  @Override
  public void close() {
    Arrays.fill(privateKey, (byte) 0);
  }
}
