package dev.gatehouse.crypto.core;

import java.util.Arrays;

/** mac1 and mac2 on the side that sends handshakes to one peer, and the cookie the peer gave. */
final class CookieJar {

  /** A cookie is used five seconds less than it lives, for the time it was under way. */
  private static final long USABLE = CookieChecker.SECRET_LIFE - 5_000_000_000L;

  private final Blake2s.Keyed mac1;
  private final byte[] replyKey;
  private final byte[] lastMac1 = new byte[Blake2s.MAC];
  private boolean sent;
  private byte[] cookie = new byte[0];
  private long cookieUntil;

  CookieJar(byte[] remotePublicKey) {
    mac1 = new Blake2s.Keyed(Blake2s.hash(Messages.LABEL_MAC1, remotePublicKey));
    replyKey = Blake2s.hash(Messages.LABEL_COOKIE, remotePublicKey);
  }

  /** Fills in the last 32 bytes of a handshake message. */
  void addMacs(byte[] message, long nowNanos) {
    int mac1At = message.length - Messages.MACS;
    int mac2At = message.length - Blake2s.MAC;
    mac1.mac(message, mac1At, message, mac1At);
    System.arraycopy(message, mac1At, lastMac1, 0, Blake2s.MAC);
    sent = true;
    if (cookie.length > 0 && nowNanos < cookieUntil) {
      new Blake2s.Keyed(cookie).mac(message, mac2At, message, mac2At);
    } else {
      Arrays.fill(message, mac2At, message.length, (byte) 0);
    }
  }

  /** Takes the cookie out of a reply to the last message; false if it proves nothing. */
  boolean accept(byte[] reply, long nowNanos) {
    if (!sent) {
      return false;
    }
    var opened =
        HandshakeCipher.open(
            replyKey,
            Arrays.copyOfRange(reply, 8, 32),
            Arrays.copyOfRange(reply, 32, Messages.COOKIE_LENGTH),
            lastMac1);
    if (opened == null) {
      return false;
    }
    sent = false;
    cookie = opened;
    cookieUntil = nowNanos + USABLE;
    return true;
  }
}
