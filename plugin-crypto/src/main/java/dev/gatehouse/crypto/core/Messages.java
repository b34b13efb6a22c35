package dev.gatehouse.crypto.core;

import java.nio.charset.StandardCharsets;

/** The four messages on the wire (WireGuard paper, section 5.4): types, sizes and positions. */
final class Messages {

  static final int INITIATION = 1;
  static final int RESPONSE = 2;
  static final int COOKIE = 3;
  static final int DATA = 4;

  static final int INITIATION_LENGTH = 148;
  static final int RESPONSE_LENGTH = 92;
  static final int COOKIE_LENGTH = 64;

  /** Type, receiver index and counter before the sealed packet. */
  static final int DATA_HEADER = 16;

  /** Header and tag: what sealing adds to a padded packet, and the length of a keepalive. */
  static final int DATA_OVERHEAD = DATA_HEADER + HandshakeCipher.TAG;

  /** Packets are padded to a multiple of this. */
  static final int PADDING = 16;

  /** mac1 and mac2 end both handshake messages. */
  static final int MACS = 2 * Blake2s.MAC;

  static final byte[] PROLOGUE = ascii("WireGuard v1 zx2c4 Jason@zx2c4.com");
  static final byte[] LABEL_MAC1 = ascii("mac1----");
  static final byte[] LABEL_COOKIE = ascii("cookie--");

  private Messages() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
