package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Nonces that need no memory: the time they were made at and a MAC over it and the client's address
 * and port, 22 characters. Where the client shall know what the server can do, RFC 8489's cookie
 * with the security features stands before it (section 9.2) and is under the MAC, too. Keys follow
 * one from another and are forgotten after the lifetime. One thread; the servers of a relay start
 * from the same key and so agree.
 */
final class Nonces {

  /** Bits of the security features, the first being the highest of 24. */
  static final int PASSWORD_ALGORITHMS = 1 << 23;

  static final int USERNAME_ANONYMITY = 1 << 22;

  private static final byte[] COOKIE = "obMatJos2".getBytes(StandardCharsets.US_ASCII);
  private static final int FEATURES = 4;
  private static final int CORE = 22;
  private static final int MAC_BYTES = 12;
  private static final long SECOND = 1_000_000_000L;
  private static final int FUTURE = -5;

  private final Mac mac = Integrity.mac("HmacSHA256");
  private final long lifetime;
  private final long period;
  private long epoch;
  private final @Nullable SecretKeySpec[] keys = new @Nullable SecretKeySpec[3];

  /**
   * Nonces.
   *
   * @param key 32 secret bytes, the key of the period that {@code startNanos} lies in
   * @param lifetime in seconds
   */
  Nonces(byte[] key, long startNanos, int lifetime) {
    this.lifetime = lifetime;
    period = (lifetime + 1L) / 2;
    epoch = Math.floorDiv(seconds(startNanos), period);
    keys[0] = new SecretKeySpec(key, "RAW");
  }

  /**
   * Makes a nonce.
   *
   * @param features the security features, or 0 for a short nonce without the cookie
   */
  byte[] make(long high, long low, int port, int features, long nowNanos) {
    return make(high, low, port, features, seconds(nowNanos), key(0, nowNanos));
  }

  private byte[] make(
      long high, long low, int port, int features, long seconds, SecretKeySpec key) {
    var covered = ByteBuffer.allocate(28);
    covered.putLong(high).putLong(low).putShort((short) port).putShort((short) 0);
    covered.putInt(features).putInt((int) seconds);
    try {
      mac.init(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    var core = ByteBuffer.allocate(4 + MAC_BYTES).putInt((int) seconds);
    core.put(mac.doFinal(covered.array()), 0, MAC_BYTES);
    var encoder = Base64.getUrlEncoder().withoutPadding();
    var text = encoder.encode(core.array());
    if (features == 0) {
      return text;
    }
    var nonce = ByteBuffer.allocate(COOKIE.length + FEATURES + CORE).put(COOKIE);
    var bits = new byte[] {(byte) (features >>> 16), (byte) (features >>> 8), (byte) features};
    return nonce.put(Base64.getEncoder().encode(bits)).put(text).array();
  }

  /** Whether a nonce was made here for this client and is not too old. */
  boolean valid(byte[] nonce, long high, long low, int port, long nowNanos) {
    int features = features(nonce);
    int from = nonce.length - CORE;
    if (features < 0 || from != (features == 0 ? 0 : COOKIE.length + FEATURES)) {
      return false;
    }
    long now = seconds(nowNanos);
    long made = now - ((int) now - time(nonce, from));
    if (now - made < FUTURE || now - made > lifetime) {
      return false;
    }
    advance(nowNanos);
    long back = epoch - Math.floorDiv(made, period);
    if (back < 0 || back >= keys.length || keys[(int) back] == null) {
      return false;
    }
    var expected = make(high, low, port, features, made, key((int) back, nowNanos));
    return MessageDigest.isEqual(expected, nonce);
  }

  /** The security features in a nonce, 0 if it has no cookie, -1 if they cannot be read. */
  static int features(byte[] nonce) {
    if (nonce.length < COOKIE.length + FEATURES
        || !Arrays.equals(nonce, 0, COOKIE.length, COOKIE, 0, COOKIE.length)) {
      return 0;
    }
    int bits = 0;
    for (int i = COOKIE.length; i < COOKIE.length + FEATURES; i++) {
      int digit = digit(nonce[i]);
      if (digit < 0) {
        return -1;
      }
      bits = bits << 6 | digit;
    }
    return bits == 0 ? -1 : bits;
  }

  private static int time(byte[] nonce, int from) {
    long bits = 0;
    for (int i = from; i < from + 6; i++) {
      bits = bits << 6 | (digit(nonce[i]) & 63);
    }
    return (int) (bits >>> 4);
  }

  /** The six bits of a character in base64 or its variant for URLs, or -1. */
  private static int digit(byte character) {
    if (character >= 'A' && character <= 'Z') {
      return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
      return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
      return character - '0' + 52;
    }
    return switch (character) {
      case '+', '-' -> 62;
      case '/', '_' -> 63;
      default -> -1;
    };
  }

  private SecretKeySpec key(int back, long nowNanos) {
    advance(nowNanos);
    var key = keys[back];
    if (key == null) {
      throw new IllegalStateException("no key");
    }
    return key;
  }

  private void advance(long nowNanos) {
    long current = Math.floorDiv(seconds(nowNanos), period);
    while (epoch < current) {
      var key = keys[0];
      if (key == null) {
        throw new IllegalStateException("no key");
      }
      try {
        mac.init(key);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      keys[2] = keys[1];
      keys[1] = key;
      keys[0] = new SecretKeySpec(mac.doFinal(COOKIE), "RAW");
      epoch++;
    }
  }

  private static long seconds(long nanos) {
    return Math.floorDiv(nanos, SECOND);
  }
}
