package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.Versioned;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An authorization as the tables hold it.
 *
 * @param stored what was stored
 * @param offset what places its expiry on the store's timeline
 */
public record Held(Versioned<Authorization> stored, Duration offset) {

  /** Who may reach what. */
  public AuthorizationKey key() {
    return stored.value().key();
  }

  /** The end on the store's timeline; empty if only revocation ends it. */
  public Optional<Instant> end() {
    return offset.isZero()
        ? stored.value().expiresAt()
        : stored.value().expiresAt().map(expiry -> shifted(expiry, offset));
  }

  /** Whether it counts: neither the wall clock nor the timeline has passed its end. */
  public boolean isActiveAt(Moment now) {
    return stored.value().isActiveAt(now.wall()) && !isDueAt(now);
  }

  /** Whether its end on the timeline has come, so that it is over for good. */
  public boolean isDueAt(Moment now) {
    return end().map(end -> !now.timeline().isBefore(end)).orElse(false);
  }

  static Instant shifted(Instant instant, Duration by) {
    try {
      return instant.plus(by);
    } catch (DateTimeException | ArithmeticException e) {
      return by.isNegative() ? Instant.MIN : Instant.MAX;
    }
  }
}
