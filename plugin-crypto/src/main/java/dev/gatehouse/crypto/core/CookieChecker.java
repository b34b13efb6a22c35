package dev.gatehouse.crypto.core;

import dev.gatehouse.api.model.Endpoint;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * mac1, mac2 and cookie replies on the side that receives handshakes (WireGuard paper, sections
 * 5.4.4 and 5.4.7). A cookie proves that the sender receives at the address it sends from; its
 * secret changes every two minutes.
 */
final class CookieChecker {

  static final long SECRET_LIFE = 120_000_000_000L;

  private final Blake2s.Keyed mac1;
  private final byte[] replyKey;
  private final RandomGenerator random;
  private final byte[] secret = new byte[32];
  private Blake2s.Keyed cookies;
  private long secretUntil;
  private final byte[] computed = new byte[Blake2s.MAC];
  private final byte[] stated = new byte[Blake2s.MAC];
  private final byte[] cookie = new byte[Blake2s.MAC];
  private final ByteBuffer source = ByteBuffer.allocate(18);

  CookieChecker(byte[] ownPublicKey, RandomGenerator random) {
    this.random = random;
    mac1 = new Blake2s.Keyed(Blake2s.hash(Messages.LABEL_MAC1, ownPublicKey));
    replyKey = Blake2s.hash(Messages.LABEL_COOKIE, ownPublicKey);
    cookies = new Blake2s.Keyed(secret);
  }

  /** Whether the sender knows our public key. */
  boolean mac1Matches(byte[] message, int length) {
    mac1.mac(message, length - Messages.MACS, computed, 0);
    System.arraycopy(message, length - Messages.MACS, stated, 0, Blake2s.MAC);
    return MessageDigest.isEqual(computed, stated);
  }

  /** Whether the sender has a cookie for its address. */
  boolean mac2Matches(byte[] message, int length, Endpoint from, long nowNanos) {
    int zero = 0;
    for (int i = length - Blake2s.MAC; i < length; i++) {
      zero |= message[i];
    }
    if (zero == 0 || nowNanos >= secretUntil) {
      return false;
    }
    bake(from);
    new Blake2s.Keyed(cookie).mac(message, length - Blake2s.MAC, computed, 0);
    System.arraycopy(message, length - Blake2s.MAC, stated, 0, Blake2s.MAC);
    return MessageDigest.isEqual(computed, stated);
  }

  /**
   * Answers a handshake message with a cookie.
   *
   * @return the 64 bytes of a cookie reply
   */
  byte[] reply(byte[] message, int length, Endpoint from, long nowNanos) {
    if (nowNanos >= secretUntil) {
      random.nextBytes(secret);
      cookies.clear();
      cookies = new Blake2s.Keyed(secret);
      secretUntil = nowNanos + SECRET_LIFE;
    }
    bake(from);
    var nonce = new byte[24];
    random.nextBytes(nonce);
    int macAt = length - Messages.MACS;
    var sealed =
        HandshakeCipher.seal(
            replyKey, nonce, cookie, Arrays.copyOfRange(message, macAt, macAt + Blake2s.MAC));
    return ByteBuffer.allocate(Messages.COOKIE_LENGTH)
        .put((byte) Messages.COOKIE)
        .put(4, message, 4, 4)
        .put(8, nonce)
        .put(32, sealed)
        .array();
  }

  private void bake(Endpoint from) {
    source.clear();
    var address = from.address();
    if (address.isV4()) {
      source.putInt(address.v4Value());
    } else {
      source.putLong(address.high()).putLong(address.low());
    }
    source.putShort((short) from.port());
    cookies.mac(source.array(), source.position(), cookie, 0);
  }

  void clear() {
    Arrays.fill(secret, (byte) 0);
    cookies.clear();
  }
}
