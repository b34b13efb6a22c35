package dev.gatehouse.api.store;

import java.util.Optional;

/**
 * What became of a conditional write.
 *
 * @since 0.1.0
 */
public sealed interface WriteResult<T> {

  /**
   * The write is durable.
   *
   * @param stored what is stored now
   */
  record Stored<T>(Versioned<T> stored) implements WriteResult<T> {}

  /**
   * The condition did not hold; nothing was written.
   *
   * @param current what is stored instead; empty if there is nothing
   */
  record Conflict<T>(Optional<Versioned<T>> current) implements WriteResult<T> {}
}
