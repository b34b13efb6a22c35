package dev.gatehouse.crypto.core;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * BLAKE2s (RFC 7693) in the four shapes WireGuard needs: hash, HMAC, HKDF and, with {@link Keyed},
 * the keyed 16-byte MAC.
 */
final class Blake2s {

  static final int HASH = 32;
  static final int MAC = 16;
  private static final int BLOCK = 64;

  private Blake2s() {}

  /** The 32-byte hash of the parts, one after the other. */
  static byte[] hash(byte[]... parts) {
    var digest = new Blake2sDigest(256);
    for (var part : parts) {
      digest.update(part, 0, part.length);
    }
    var out = new byte[HASH];
    digest.doFinal(out, 0);
    return out;
  }

  /** HMAC (RFC 2104) with BLAKE2s; the key has at most 64 bytes. */
  static byte[] hmac(byte[] key, byte[]... parts) {
    var pad = new byte[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      pad[i] = (byte) (0x36 ^ (i < key.length ? key[i] : 0));
    }
    var digest = new Blake2sDigest(256);
    digest.update(pad, 0, BLOCK);
    for (var part : parts) {
      digest.update(part, 0, part.length);
    }
    var inner = new byte[HASH];
    digest.doFinal(inner, 0);
    for (int i = 0; i < BLOCK; i++) {
      pad[i] ^= 0x36 ^ 0x5c;
    }
    digest.reset();
    digest.update(pad, 0, BLOCK);
    digest.update(inner, 0, HASH);
    var out = new byte[HASH];
    digest.doFinal(out, 0);
    Arrays.fill(pad, (byte) 0);
    Arrays.fill(inner, (byte) 0);
    return out;
  }

  /**
   * The KDF of the WireGuard paper, which is HKDF (RFC 5869) with the chaining key as salt.
   *
   * @param outputs how many 32-byte values, 1 to 3
   */
  static byte[][] kdf(byte[] chainingKey, byte[] input, int outputs) {
    var secret = hmac(chainingKey, input);
    var out = new byte[outputs][];
    var previous = new byte[0];
    for (int i = 0; i < outputs; i++) {
      out[i] = hmac(secret, previous, new byte[] {(byte) (i + 1)});
      previous = out[i];
    }
    Arrays.fill(secret, (byte) 0);
    return out;
  }

  /** The keyed MAC with one key, used again and again without allocating. */
  static final class Keyed {

    private final Blake2sDigest digest;

    /** Takes a copy of the key, at most 32 bytes. */
    Keyed(byte[] key) {
      digest = new Blake2sDigest(key, MAC, null, null);
    }

    /** Writes 16 bytes. */
    void mac(byte[] message, int length, byte[] out, int outOffset) {
      digest.update(message, 0, length);
      digest.doFinal(out, outOffset);
    }

    /** Overwrites the key. */
    void clear() {
      digest.clearKey();
      digest.reset();
    }
  }
}
