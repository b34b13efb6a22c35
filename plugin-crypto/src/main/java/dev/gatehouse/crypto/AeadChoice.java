package dev.gatehouse.crypto;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.Locale;

/** Which implementation of ChaCha20-Poly1305 seals and opens packets. */
public enum AeadChoice {
  /** The first that works on this machine of OpenSSL, the JDK and BouncyCastle. */
  AUTO,
  /** OpenSSL's libcrypto. */
  OPENSSL,
  /** Intel's multi-buffer library, version 1.3, on processors with AVX-512 and IFMA. */
  IPSEC_MB,
  /** The JDK's own. */
  JDK,
  /** BouncyCastle's, the slowest. */
  BOUNCYCASTLE;

  /** The name in the configuration. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The choice with this name.
   *
   * @throws GatehouseException if there is none
   */
  public static AeadChoice parse(String text) {
    for (var choice : values()) {
      if (choice.label().equals(text)) {
        return choice;
      }
    }
    throw new GatehouseException(
        StandardErrorCode.CONFIGURATION_INVALID,
        "'" + text + "' is not an AEAD engine.",
        "Use auto, openssl, ipsec-mb, jdk or bouncycastle.");
  }
}
