package dev.gatehouse.relay.core.turn;

import org.jspecify.annotations.Nullable;

/** How the users of a realm prove who they are. Safe for any thread. */
public sealed interface Credentials
    permits StaticCredentials, SharedSecretCredentials, FirezoneCredentials {

  /**
   * Looks a user up.
   *
   * @param username as it stood in the request
   * @param epochSeconds the wall clock
   * @return null if there is no such user
   */
  @Nullable Account find(byte[] username, long epochSeconds);

  /**
   * Looks a user up by the hash of name and realm (RFC 8489, section 14.4).
   *
   * @return null if there is no such user, or names cannot be found by their hash
   */
  @Nullable Account findHashed(byte[] userhash, String realm);

  /** Whether {@link #findHashed} can find anybody. */
  boolean knowsHashes();

  /**
   * Whether an answer to a request that did not prove itself may be signed with the key of the user
   * it names. Only where passwords are too long to be guessed offline.
   */
  boolean signsRefusals();
}
