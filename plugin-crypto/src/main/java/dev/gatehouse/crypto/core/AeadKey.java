package dev.gatehouse.crypto.core;

import java.lang.foreign.MemorySegment;

/**
 * ChaCha20-Poly1305 (RFC 8439) with one key in one direction, as transport data uses it: the nonce
 * is four zero bytes and a 64-bit counter, least significant byte first, and there is no associated
 * data. Used by one thread at a time; allocates nothing per packet where the engine permits.
 */
public interface AeadKey extends AutoCloseable {

  /**
   * Seals. Fastest where source and target have the 64 bytes before and behind the plaintext that
   * packets in a batch have; with less it works as well.
   *
   * @param counter the nonce, never used twice with this key
   * @param source memory with the plaintext, off-heap
   * @param length of the plaintext
   * @param target off-heap memory for ciphertext and tag, {@code length + 16} bytes, which may be
   *     where the plaintext is but must not overlap it otherwise, nor begin less than 64 bytes
   *     behind it; up to 48 bytes behind them, as far as there is memory, are scratch
   */
  void seal(
      long counter,
      MemorySegment source,
      long sourceOffset,
      int length,
      MemorySegment target,
      long targetOffset);

  /**
   * Opens in place, and leaves alone what lies around. Fastest with 64 bytes of memory before and
   * behind the ciphertext.
   *
   * @param length of ciphertext and tag, at least 16
   * @return false if the tag is wrong; the memory then holds nothing of use
   */
  boolean open(long counter, MemorySegment memory, long offset, int length);

  /** Overwrites the key. Closing twice does nothing. */
  @Override
  void close();
}
