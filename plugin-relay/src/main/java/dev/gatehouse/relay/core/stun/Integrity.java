package dev.gatehouse.relay.core.stun;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys and MACs of the long-term mechanism (RFC 8489, sections 9.2 and 14.5 to 14.6). One thread.
 */
public final class Integrity {

  private static final byte COLON = ':';

  private final MessageDigest md5 = digest("MD5");
  private final MessageDigest sha256 = digest("SHA-256");
  private final Mac hmacSha1 = mac("HmacSHA1");
  private final Mac hmacSha256 = mac("HmacSHA256");

  /**
   * Finds the algorithms.
   *
   * @throws IllegalStateException if the platform was built or configured without MD5 or SHA-1,
   *     without which no client of RFC 5389 can be served
   */
  public Integrity() {}

  /** The key of RFC 5389: MD5 over name, realm and password with colons between. */
  public byte[] md5Key(byte[] username, String realm, byte[] password) {
    return key(md5, username, realm, password);
  }

  /** The key of RFC 8489's SHA-256 algorithm. */
  public byte[] sha256Key(byte[] username, String realm, byte[] password) {
    return key(sha256, username, realm, password);
  }

  /** The USERHASH of a user in a realm. */
  public byte[] userhash(byte[] username, String realm) {
    sha256.update(username);
    sha256.update(COLON);
    return sha256.digest(realm.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The MAC over parts of a message.
   *
   * @param isSha256 SHA-256 instead of SHA-1
   * @param message header and what follows
   * @param end where the MAC's attribute begins
   * @param length the length to be read in the header meanwhile
   * @return 20 or 32 bytes
   */
  public byte[] mac(boolean isSha256, byte[] key, byte[] message, int offset, int end, int length) {
    var mac = isSha256 ? hmacSha256 : hmacSha1;
    try {
      mac.init(new SecretKeySpec(key, "RAW"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    mac.update(message, offset, 2);
    mac.update((byte) (length >>> 8));
    mac.update((byte) length);
    mac.update(message, offset + 4, end - offset - 4);
    return mac.doFinal();
  }

  /** HMAC-SHA-1 in one go. */
  public static byte[] hmacSha1(byte[] key, byte[] data) {
    var mac = mac("HmacSHA1");
    try {
      mac.init(new SecretKeySpec(key, "RAW"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return mac.doFinal(data);
  }

  /** A digest every use of TURN needs. */
  public static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (GeneralSecurityException e) {
      throw missing(algorithm, e);
    }
  }

  /** A MAC every use of TURN needs. */
  public static Mac mac(String algorithm) {
    try {
      return Mac.getInstance(algorithm);
    } catch (GeneralSecurityException e) {
      throw missing(algorithm, e);
    }
  }

  private static IllegalStateException missing(String algorithm, GeneralSecurityException e) {
    return new IllegalStateException(
        "This Java platform has no " + algorithm + ", which STUN needs.", e);
  }

  private static byte[] key(MessageDigest digest, byte[] username, String realm, byte[] password) {
    digest.update(username);
    digest.update(COLON);
    digest.update(realm.getBytes(StandardCharsets.UTF_8));
    digest.update(COLON);
    return digest.digest(password);
  }
}
