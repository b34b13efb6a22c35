package dev.gatehouse.crypto.core;

import java.lang.foreign.MemorySegment;

/**
 * ChaCha20-Poly1305 (RFC 8439) with one key in one direction, as transport data uses it: the nonce
 * is four zero bytes and a 64-bit counter, least significant byte first, and there is no associated
 * data. Used by one thread at a time; allocates nothing per packet where the engine permits.
 */
public interface AeadKey extends AutoCloseable {

  /**
   * Seals.
   *
   * @param counter the nonce, never used twice with this key
   * @param source memory with the plaintext, off-heap
   * @param length of the plaintext
   * @param target off-heap memory for ciphertext and tag, {@code length + 16} bytes, which may be
   *     where the plaintext is but must not overlap it otherwise
   */
  void seal(
      long counter,
      MemorySegment source,
      long sourceOffset,
      int length,
      MemorySegment target,
      long targetOffset);

  /**
   * Opens in place.
   *
   * @param length of ciphertext and tag, at least 16
   * @return false if the tag is wrong; the memory then holds nothing of use
   */
  boolean open(long counter, MemorySegment memory, long offset, int length);

  /** Overwrites the key. Closing twice does nothing. */
  @Override
  void close();
}
