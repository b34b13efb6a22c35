package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.nio.charset.StandardCharsets;

/**
 * A realm and who may use it.
 *
 * @param name 1 to {@link TurnSettings#LONGEST_REALM} bytes of UTF-8
 * @param credentials how its users prove themselves
 * @param sha256 whether RFC 8489's password algorithms are offered beside RFC 5389's MD5
 */
public record Realm(String name, Credentials credentials, boolean sha256) {

  /** Checks the name. */
  public Realm {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > TurnSettings.LONGEST_REALM) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The realm has " + length + " bytes.",
          "Use 1 to " + TurnSettings.LONGEST_REALM + " bytes, such as 'example.org'.");
    }
  }
}
