package dev.gatehouse.crypto.core;

import org.jspecify.annotations.Nullable;

/** An implementation of ChaCha20-Poly1305 (RFC 8439). Safe for any thread, its keys are not. */
public interface AeadEngine extends AutoCloseable {

  /** The name in configuration and status. */
  String name();

  /** Prepares a key for sealing; the caller still owns, and overwrites, its array of 32 bytes. */
  AeadKey sealingKey(byte[] key);

  /** Prepares a key for opening; the caller still owns, and overwrites, its array of 32 bytes. */
  AeadKey openingKey(byte[] key);

  /**
   * Seals one message with any nonce and associated data; not on the packet path.
   *
   * @throws IllegalArgumentException unless the nonce has 12 bytes
   */
  byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated);

  /**
   * Opens one message; null if the tag is wrong. Not on the packet path.
   *
   * @throws IllegalArgumentException unless the nonce has 12 bytes
   */
  byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated);

  /**
   * The same engine for one thread at a time, whose keys may share what they need to work and are
   * used by that thread too. The caller closes it after the keys.
   */
  default AeadEngine confined() {
    return this;
  }

  /** Frees what keys share, after they were closed. Closing twice does nothing. */
  @Override
  default void close() {}

  /** Checks the length of a nonce. */
  static void requireNonce(byte[] nonce) {
    if (nonce.length != 12) {
      throw new IllegalArgumentException("a nonce has 12 bytes");
    }
  }
}
