package dev.gatehouse.crypto.abi;

import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;

/**
 * The part of OpenSSL's libcrypto (1.1.1 or newer) that ChaCha20-Poly1305 and X25519 need. Pointers
 * are plain addresses; the functions set no errno. See the manual page EVP_EncryptInit(3).
 */
public interface LibCrypto {

  /** A new context; 0 without memory. */
  @IgnoreError
  @intptr_t
  long EVP_CIPHER_CTX_new();

  /** Frees a context and overwrites the key in it. */
  @IgnoreError
  void EVP_CIPHER_CTX_free(@intptr_t long context);

  /** The cipher; static, not to be freed. */
  @IgnoreError
  @intptr_t
  long EVP_chacha20_poly1305();

  /** Sets what is not 0 among cipher, key and nonce; 1 for success. */
  @IgnoreError
  int EVP_EncryptInit_ex(
      @intptr_t long context,
      @intptr_t long cipher,
      @intptr_t long engine,
      @intptr_t long key,
      @intptr_t long nonce);

  /** Encrypts, or adds associated data if {@code out} is 0; 1 for success. */
  @IgnoreError
  int EVP_EncryptUpdate(
      @intptr_t long context,
      @intptr_t long out,
      @intptr_t long outLength,
      @intptr_t long in,
      int inLength);

  /** Ends encrypting; 1 for success. */
  @IgnoreError
  int EVP_EncryptFinal_ex(@intptr_t long context, @intptr_t long out, @intptr_t long outLength);

  /** Sets what is not 0 among cipher, key and nonce; 1 for success. */
  @IgnoreError
  int EVP_DecryptInit_ex(
      @intptr_t long context,
      @intptr_t long cipher,
      @intptr_t long engine,
      @intptr_t long key,
      @intptr_t long nonce);

  /** Decrypts, or adds associated data if {@code out} is 0; 1 for success. */
  @IgnoreError
  int EVP_DecryptUpdate(
      @intptr_t long context,
      @intptr_t long out,
      @intptr_t long outLength,
      @intptr_t long in,
      int inLength);

  /** Ends decrypting; 1 only if the tag is right. */
  @IgnoreError
  int EVP_DecryptFinal_ex(@intptr_t long context, @intptr_t long out, @intptr_t long outLength);

  /** Sets or gets the tag, by command; 1 for success. */
  @IgnoreError
  int EVP_CIPHER_CTX_ctrl(@intptr_t long context, int command, int length, @intptr_t long pointer);

  /** A key from 32 bytes, by its type; 0 if it is refused. */
  @IgnoreError
  @intptr_t
  long EVP_PKEY_new_raw_private_key(
      int type, @intptr_t long engine, @intptr_t long key, @size_t long length);

  /** A public key from 32 bytes, by its type; 0 if it is refused. */
  @IgnoreError
  @intptr_t
  long EVP_PKEY_new_raw_public_key(
      int type, @intptr_t long engine, @intptr_t long key, @size_t long length);

  /** Writes the public key; 1 for success. */
  @IgnoreError
  int EVP_PKEY_get_raw_public_key(@intptr_t long key, @intptr_t long out, @intptr_t long outLength);

  /** Frees a key and overwrites it. */
  @IgnoreError
  void EVP_PKEY_free(@intptr_t long key);

  /** A context for working with a key; 0 without memory. */
  @IgnoreError
  @intptr_t
  long EVP_PKEY_CTX_new(@intptr_t long key, @intptr_t long engine);

  /** Frees such a context. */
  @IgnoreError
  void EVP_PKEY_CTX_free(@intptr_t long context);

  /** Begins a key agreement; 1 for success. */
  @IgnoreError
  int EVP_PKEY_derive_init(@intptr_t long context);

  /** Sets the other side's public key; 1 for success. */
  @IgnoreError
  int EVP_PKEY_derive_set_peer(@intptr_t long context, @intptr_t long peer);

  /** Writes the shared secret; 1 for success, anything else also for points of low order. */
  @IgnoreError
  int EVP_PKEY_derive(@intptr_t long context, @intptr_t long out, @intptr_t long outLength);

  /** Forgets the errors that were noted for this thread. */
  @IgnoreError
  void ERR_clear_error();
}
