package dev.gatehouse.admin.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The secret that whoever comes over the network has to know. Only its SHA-256 is kept, which is
 * enough because a token cannot be guessed: it has 32 characters or more.
 */
public final class Token {

  /** A shorter one is refused. */
  public static final int SHORTEST = 32;

  private static final int LONGEST = 512;
  private static final String SCHEME = "bearer ";

  private final byte[] hash;

  private Token(byte[] hash) {
    this.hash = hash;
  }

  /**
   * Takes the token itself.
   *
   * @param source what to call its origin in messages
   * @throws GatehouseException if it is too short or cannot stand in a header
   */
  public static Token of(String token, String source) {
    if (token.length() < SHORTEST || token.length() > LONGEST) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The token in " + source + " has " + token.length() + " characters.",
          "Use " + SHORTEST + " to " + LONGEST + ", for example from 'openssl rand -hex 32'.");
    }
    if (!token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The token in " + source + " holds characters that cannot stand in a header.",
          "Use letters and digits, for example from 'openssl rand -hex 32'.");
    }
    return new Token(sha256(token));
  }

  /**
   * Takes the SHA-256 of the token, 64 hexadecimal digits.
   *
   * @throws GatehouseException if it is anything else
   */
  public static Token ofHash(String hex) {
    if (!hex.matches("[0-9a-fA-F]{64}")) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The hash of the token is not the 64 hexadecimal digits of a SHA-256.",
          "Make it with 'tr -d \"\\n\" < FILE | sha256sum' from the file that holds the token.");
    }
    return new Token(HexFormat.of().parseHex(hex));
  }

  /** Whether a header {@code Authorization} carries the token. Takes the same time for any text. */
  public boolean isIn(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    return MessageDigest.isEqual(hash, sha256(header.substring(SCHEME.length())));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
