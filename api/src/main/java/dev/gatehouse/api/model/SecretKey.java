package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/**
 * 32 secret bytes: a private key or a pre-shared key. Never printed, never a {@code String}; {@link
 * #close()} overwrites them. Any thread may read; closing while another thread reads is the
 * caller's fault.
 *
 * @since 0.1.0
 */
public final class SecretKey implements AutoCloseable {

  /** The length in bytes. */
  public static final int LENGTH = 32;

  private final byte[] bytes;
  private volatile boolean closed;

  private SecretKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies the secret; the caller still owns, and overwrites, its own array.
   *
   * @throws IllegalArgumentException unless there are 32 bytes
   */
  public static SecretKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a secret key has 32 bytes");
    }
    return new SecretKey(bytes.clone());
  }

  /**
   * Reads the base64 form from ASCII bytes, with or without a line end; the caller overwrites the
   * text afterwards.
   *
   * @throws GatehouseException if the text is not 32 bytes of base64; the message does not repeat
   *     the text
   */
  public static SecretKey parse(byte[] ascii) {
    int end = ascii.length;
    while (end > 0 && ascii[end - 1] <= ' ' && ascii[end - 1] >= 0) {
      end--;
    }
    var text = Arrays.copyOf(ascii, end);
    try {
      var decoded = Base64.getDecoder().decode(text);
      if (decoded.length == LENGTH && end == 44) {
        return new SecretKey(decoded);
      }
      Arrays.fill(decoded, (byte) 0);
    } catch (IllegalArgumentException e) {
      // falls through to the one message for every malformed key
    } finally {
      Arrays.fill(text, (byte) 0);
    }
    throw new GatehouseException(
        StandardErrorCode.KEY_UNREADABLE,
        "The text is not a secret key.",
        "It must be the 44 characters that 'gatehouse keygen' or 'wg genkey' prints.");
  }

  /**
   * Writes the 32 bytes to {@code target}, which the caller overwrites when done.
   *
   * @throws IllegalStateException once closed
   */
  public void copyTo(byte[] target, int offset) {
    if (closed) {
      throw new IllegalStateException("the key is closed");
    }
    System.arraycopy(bytes, 0, target, offset, LENGTH);
  }

  /** The base64 form as ASCII bytes, which the caller overwrites when done. */
  public byte[] toBase64() {
    if (closed) {
      throw new IllegalStateException("the key is closed");
    }
    return Base64.getEncoder().encode(bytes);
  }

  /** A second key with the same bytes and a life of its own. */
  public SecretKey copy() {
    return of(bytes);
  }

  /** Overwrites the secret. */
  @Override
  public void close() {
    closed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  /** Compares in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SecretKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  /** The same for all keys, so that a hash tells nothing. */
  @Override
  public int hashCode() {
    return SecretKey.class.hashCode();
  }

  /** Never the secret. */
  @Override
  public String toString() {
    return "(secret)";
  }
}
