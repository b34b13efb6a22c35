package dev.gatehouse.api.model;

import java.time.Instant;
import java.util.Optional;

/**
 * The permission of one client to reach one resource until it expires or is revoked. It has nothing
 * to do with whether the client is connected.
 *
 * @param key who may reach what
 * @param grantedAt when it was granted
 * @param expiresAt from when on it no longer counts; empty for one that only ends by revocation
 * @param origin who granted it, for the audit log: for example {@code cli} or {@code portal}
 * @since 0.1.0
 */
public record Authorization(
    AuthorizationKey key, Instant grantedAt, Optional<Instant> expiresAt, String origin) {

  /** Checks the origin. */
  public Authorization {
    Texts.checkedName("origin", origin);
  }

  /** Whether it counts at this moment. At {@code expiresAt} itself it does not. */
  public boolean isActiveAt(Instant now) {
    return expiresAt.isEmpty() || now.isBefore(expiresAt.get());
  }
}
