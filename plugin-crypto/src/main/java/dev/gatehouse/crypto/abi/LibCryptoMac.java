package dev.gatehouse.crypto.abi;

import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;

/**
 * The part of OpenSSL's libcrypto (3.0 or newer) that ChaCha20 and Poly1305 by themselves need.
 * Pointers are plain addresses; the functions set no errno. See the manual page EVP_MAC(3).
 */
public interface LibCryptoMac {

  /**
   * The stream cipher; static, not to be freed. Its nonce has 16 bytes, the first 4 of which count.
   */
  @IgnoreError
  @intptr_t
  long EVP_chacha20();

  /** An implementation by its name; 0 if there is none. */
  @IgnoreError
  @intptr_t
  long EVP_MAC_fetch(@intptr_t long library, @intptr_t long name, @intptr_t long properties);

  /** Gives back what was fetched. */
  @IgnoreError
  void EVP_MAC_free(@intptr_t long mac);

  /** A new context; 0 without memory. */
  @IgnoreError
  @intptr_t
  long EVP_MAC_CTX_new(@intptr_t long mac);

  /** Frees a context and overwrites the key in it. */
  @IgnoreError
  void EVP_MAC_CTX_free(@intptr_t long context);

  /** Begins a message with a key; 1 for success. */
  @IgnoreError
  int EVP_MAC_init(
      @intptr_t long context,
      @intptr_t long key,
      @size_t long keyLength,
      @intptr_t long parameters);

  /** Adds to the message; 1 for success. */
  @IgnoreError
  int EVP_MAC_update(@intptr_t long context, @intptr_t long in, @size_t long length);

  /** Ends the message and writes the tag; 1 for success. */
  @IgnoreError
  int EVP_MAC_final(
      @intptr_t long context, @intptr_t long out, @intptr_t long outLength, @size_t long outSize);
}
