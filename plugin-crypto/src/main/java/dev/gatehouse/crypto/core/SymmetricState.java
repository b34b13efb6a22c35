package dev.gatehouse.crypto.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Chaining key, hash and cipher key of one handshake (Noise Protocol Framework, section 5.2). */
final class SymmetricState {

  private static final byte[] PROTOCOL =
      "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s".getBytes(StandardCharsets.US_ASCII);

  private byte[] chainingKey = Blake2s.hash(PROTOCOL);
  private byte[] hash = chainingKey.clone();
  private byte[] key = new byte[32];

  SymmetricState(byte[] prologue, byte[] responderStatic) {
    mixHash(prologue);
    mixHash(responderStatic);
  }

  void mixHash(byte[] data) {
    hash = Blake2s.hash(hash, data);
  }

  void mixKey(byte[] input) {
    var next = Blake2s.kdf(chainingKey, input, 2);
    replace(next[0], next[1]);
  }

  void mixKeyAndHash(byte[] input) {
    var next = Blake2s.kdf(chainingKey, input, 3);
    mixHash(next[1]);
    Arrays.fill(next[1], (byte) 0);
    replace(next[0], next[2]);
  }

  byte[] encryptAndHash(byte[] plaintext) {
    var sealed = HandshakeCipher.sealFirst(key, plaintext, hash);
    mixHash(sealed);
    return sealed;
  }

  byte @Nullable [] decryptAndHash(byte[] sealed) {
    var plaintext = HandshakeCipher.openFirst(key, sealed, hash);
    if (plaintext != null) {
      mixHash(sealed);
    }
    return plaintext;
  }

  /** The two transport keys: initiator to responder, and back. Ends the state. */
  byte[][] split() {
    var keys = Blake2s.kdf(chainingKey, new byte[0], 2);
    clear();
    return keys;
  }

  /** Goes on from where another state is, which stays as it is. */
  void copyFrom(SymmetricState other) {
    replace(other.chainingKey.clone(), other.key.clone());
    hash = other.hash;
  }

  void clear() {
    Arrays.fill(chainingKey, (byte) 0);
    Arrays.fill(key, (byte) 0);
  }

  private void replace(byte[] newChainingKey, byte[] newKey) {
    Arrays.fill(chainingKey, (byte) 0);
    Arrays.fill(key, (byte) 0);
    chainingKey = newChainingKey;
    key = newKey;
  }
}
