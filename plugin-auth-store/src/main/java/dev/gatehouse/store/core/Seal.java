package dev.gatehouse.store.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Check values against damage, not against an attacker. A row's seal covers everything in the row;
 * the sum of all seals, kept apart, shows whether exactly the right rows are there: a lost row, a
 * changed one and a removed one that has come back all change the sum. Not safe for concurrent use.
 */
public final class Seal {

  private final MessageDigest digest;
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  /** Ready to seal. */
  public Seal() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * The seal of a row.
   *
   * @param table one character that names the table
   * @param key the row's key; for a key of two parts, joined by '/'
   * @param version the row's version
   * @param body the row's body
   */
  public long of(char table, String key, long version, byte[] body) {
    digest.update((byte) table);
    digest.update(key.getBytes(StandardCharsets.UTF_8));
    digest.update(number.putLong(0, version).array());
    digest.update(body);
    return ByteBuffer.wrap(digest.digest()).getLong();
  }
}
