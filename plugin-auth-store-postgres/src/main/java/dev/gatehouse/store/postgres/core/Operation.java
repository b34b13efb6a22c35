package dev.gatehouse.store.postgres.core;

import java.util.Optional;

/**
 * A write. It says which rows it has to see, and is then carried out on these rows; what changed is
 * written by someone else.
 *
 * @param <R> what the caller gets
 */
public interface Operation<R> {

  /** Names the rows it has to see. */
  void wants(Wanted wanted);

  /**
   * Carries it out on the loaded rows.
   *
   * @throws dev.gatehouse.api.GatehouseException if it cannot be done at all; then nothing changed
   */
  R carryOut(WorkingSet rows);

  /**
   * The part of it that takes access away, which is worth doing later if the whole cannot be done
   * now; empty if there is none.
   */
  Optional<Operation<?>> ending();

  /** Whether it does nothing but take access away, so that it is done even if nobody waits. */
  default boolean onlyEnds() {
    return ending().map(this::equals).orElse(false);
  }

  /**
   * A write that does nothing but take access away.
   *
   * @param <R> what the caller gets
   */
  interface Ending<R> extends Operation<R> {

    @Override
    default Optional<Operation<?>> ending() {
      return Optional.of(this);
    }
  }
}
