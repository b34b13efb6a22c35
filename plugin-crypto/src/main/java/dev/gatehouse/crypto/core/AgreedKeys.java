package dev.gatehouse.crypto.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Pre-shared keys of one peer that both sides agreed on inside a session, the newest two, each with
 * a number by which the other side recognizes it. They take the configured pre-shared key's place
 * in a handshake whose initiator names one; it is mixed into them.
 */
final class AgreedKeys {

  private static final byte[] LABEL = "gatehouse agreed key 1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NONE = new byte[0];

  private byte[] newest = NONE;
  private byte[] before = NONE;
  private int newestId;
  private int beforeId;

  /**
   * Derives one more.
   *
   * @param configured the configured pre-shared key, all zero for none
   * @param secret what was agreed on, 32 bytes; stays the caller's
   */
  void add(byte[] configured, byte[] secret) {
    var input = Arrays.copyOf(secret, secret.length + LABEL.length);
    System.arraycopy(LABEL, 0, input, secret.length, LABEL.length);
    var derived = Blake2s.kdf(configured, input, 2);
    Arrays.fill(input, (byte) 0);
    Arrays.fill(before, (byte) 0);
    before = newest;
    beforeId = newestId;
    newest = derived[0];
    newestId = Math.max(1, Byte.toUnsignedInt(derived[1][0]) << 8 | (derived[1][1] & 0xff));
    Arrays.fill(derived[1], (byte) 0);
  }

  /** The number of the newest, 1 to 65535; 0 if there is none. */
  int newestId() {
    return newestId;
  }

  /** The key with this number, not to be changed; null if there is none. */
  byte @Nullable [] find(int id) {
    if (id == 0) {
      return null;
    }
    return id == newestId ? newest : id == beforeId ? before : null;
  }

  /** Overwrites all. */
  void clear() {
    Arrays.fill(newest, (byte) 0);
    Arrays.fill(before, (byte) 0);
    newestId = 0;
    beforeId = 0;
  }
}
