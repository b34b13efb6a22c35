package dev.gatehouse.tun.windows.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The driver's library is loaded only from an absolute path, and only if its content is the one
 * that was configured: whoever can exchange it runs code with the gateway's rights.
 */
public final class LibraryPin {

  private static final String WHERE =
      "Get wintun 0.14.1 from https://www.wintun.net, compare the archive with the SHA-256 shown"
          + " there, and take wintun.dll from its folder for this processor (bin\\amd64)";

  private LibraryPin() {}

  /** Whether a text is a SHA-256 in hexadecimal. */
  public static boolean isSha256(String text) {
    return text.matches("[0-9a-fA-F]{64}");
  }

  /**
   * Checks a library's content.
   *
   * @param path where it is, for messages
   * @param content what the file holds, or null if there is no such file
   * @param pinned the SHA-256 it must have, if one is configured
   * @throws GatehouseException if it must not be loaded, with what to do
   */
  public static void check(String path, byte @Nullable [] content, Optional<String> pinned) {
    if (content == null) {
      throw refused(
          "The Wintun library is not at " + path + ".",
          WHERE + ", put it there, and set [tun] library-sha256 to its SHA-256.");
    }
    var actual = sha256(content);
    if (pinned.isEmpty()) {
      throw refused(
          "The Wintun library at " + path + " is not pinned.",
          WHERE
              + "; if it is the same file, set [tun] library-sha256 = \""
              + actual
              + "\", which is what the file has now.");
    }
    if (!MessageDigest.isEqual(
        HexFormat.of().parseHex(pinned.get().toLowerCase(Locale.ROOT)),
        HexFormat.of().parseHex(actual))) {
      throw refused(
          "The library at " + path + " has the SHA-256 " + actual + ", not the one configured.",
          "Find out who changed the file. " + WHERE + ".");
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GatehouseException refused(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.DEVICE_UNAVAILABLE, problem, fix);
  }
}
