package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.Arrays;
import java.util.Base64;

/**
 * A Curve25519 public key: 32 bytes. Immutable.
 *
 * @since 0.1.0
 */
public final class PublicKey {

  /** The length in bytes. */
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private PublicKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies a key.
   *
   * @throws IllegalArgumentException unless there are 32 bytes
   */
  public static PublicKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a public key has 32 bytes");
    }
    return new PublicKey(bytes.clone());
  }

  /**
   * Reads the base64 form that {@code wg pubkey} prints.
   *
   * @throws GatehouseException if the text is not 32 bytes of base64
   */
  public static PublicKey parse(String text) {
    try {
      var decoded = Base64.getDecoder().decode(text.strip());
      if (decoded.length == LENGTH && text.strip().length() == 44) {
        return new PublicKey(decoded);
      }
    } catch (IllegalArgumentException e) {
      // falls through to the one message for every malformed key
    }
    throw new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "The text is not a public key.",
        "Give the 44 characters that 'wg pubkey' or 'gatehouse pubkey' prints.");
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The base64 form, 44 characters. */
  @Override
  public String toString() {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
