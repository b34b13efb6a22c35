package dev.gatehouse.crypto.core;

import java.util.Arrays;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.XChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;

/**
 * One-shot ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 with associated data, for handshakes
 * and cookies, where packets are few.
 */
public final class HandshakeCipher {

  /** The length of the authentication tag. */
  public static final int TAG = 16;

  private static final byte[] FIRST_NONCE = new byte[12];

  private HandshakeCipher() {}

  /** Seals with the all-zero nonce, as every message of the handshake is. */
  static byte[] sealFirst(byte[] key, byte[] plaintext, byte[] associated) {
    return seal(key, FIRST_NONCE, plaintext, associated);
  }

  /** Opens what {@link #sealFirst} sealed; null if the tag is wrong. */
  static byte @Nullable [] openFirst(byte[] key, byte[] sealed, byte[] associated) {
    return open(key, FIRST_NONCE, sealed, associated);
  }

  /**
   * Seals.
   *
   * @param nonce 12 bytes, or 24 for the extended variant
   * @return ciphertext and tag
   */
  public static byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    var out = run(true, key, nonce, plaintext, associated);
    if (out == null) {
      throw new IllegalStateException("sealing cannot fail");
    }
    return out;
  }

  /** Opens; null if the tag is wrong. */
  public static byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    return sealed.length < TAG ? null : run(false, key, nonce, sealed, associated);
  }

  private static byte @Nullable [] run(
      boolean seal, byte[] key, byte[] nonce, byte[] input, byte[] associated) {
    var cipher = nonce.length == 24 ? new XChaCha20Poly1305() : new ChaCha20Poly1305();
    CipherParameters parameters =
        new AEADParameters(new KeyParameter(key), TAG * 8, nonce, associated);
    cipher.init(seal, parameters);
    var out = new byte[cipher.getOutputSize(input.length)];
    try {
      int length = cipher.processBytes(input, 0, input.length, out, 0);
      cipher.doFinal(out, length);
      return out;
    } catch (InvalidCipherTextException e) {
      Arrays.fill(out, (byte) 0);
      return null;
    }
  }
}
