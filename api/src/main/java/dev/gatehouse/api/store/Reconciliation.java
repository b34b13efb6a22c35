package dev.gatehouse.api.store;

import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a control plane says is the truth, and what came of comparing the store with it.
 *
 * @since 0.1.0
 */
public final class Reconciliation {

  private Reconciliation() {}

  /**
   * An authoritative list. Within its scope, authorizations that are not listed end; listed ones
   * that exist get the listed expiry. Nothing is created: a list holds no keys.
   *
   * @param client the scope: one client, or everything
   * @param listed what is to stay, with its expiry; empty expiry means until revoked
   */
  public record AuthoritativeList(
      Optional<ClientId> client, Map<AuthorizationKey, Optional<Instant>> listed) {

    /** Copies the map. */
    public AuthoritativeList {
      listed = Map.copyOf(listed);
    }
  }

  /**
   * What was done.
   *
   * @param removed how many authorizations ended
   * @param updated how many got another expiry
   * @param version the store's version afterwards
   */
  public record Report(int removed, int updated, long version) {}
}
