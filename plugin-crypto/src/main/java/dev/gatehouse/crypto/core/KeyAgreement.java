package dev.gatehouse.crypto.core;

/** An implementation of X25519 (RFC 7748). Safe for any thread. */
public interface KeyAgreement {

  /** Prepares a private key; the caller still owns, and overwrites, its array of 32 bytes. */
  PrivateKey privateKey(byte[] bytes);

  /** A private key. Safe for any thread until it is closed. */
  interface PrivateKey extends AutoCloseable {

    /** The public key that goes with it, the caller's. */
    byte[] publicKey();

    /**
     * The shared secret with another public key.
     *
     * @param secret gets the 32 bytes
     * @return false if it is all zero, which only a point of low order gives: then it must not be
     *     used
     */
    boolean agree(byte[] publicKey, byte[] secret);

    /** Overwrites the key. Closing twice does nothing. */
    @Override
    void close();
  }
}
