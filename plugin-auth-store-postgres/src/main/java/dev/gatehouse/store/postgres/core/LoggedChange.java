package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.store.StoreChange;

/**
 * A change as the log keeps it.
 *
 * @param change what changed; never a gap
 * @param isNew for an authorization: whether it was granted rather than given another expiry
 */
public record LoggedChange(StoreChange change, boolean isNew) {

  /** The version of the change. */
  public long version() {
    return change.version();
  }
}
