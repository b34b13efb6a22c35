package dev.gatehouse.api.store;

/**
 * Why an authorization ended. A lost connection is not among the reasons.
 *
 * @since 0.1.0
 */
public enum EndReason {
  /** Someone revoked it, or removed its client or resource. */
  REVOKED,
  /** Its time ran out. */
  EXPIRED,
  /** An authoritative list did not contain it. */
  RECONCILED
}
