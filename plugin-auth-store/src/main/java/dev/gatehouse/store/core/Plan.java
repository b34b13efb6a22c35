package dev.gatehouse.store.core;

import dev.gatehouse.api.event.GatewayEvent;
import java.util.List;
import java.util.Optional;

/**
 * What an operation will do.
 *
 * @param edits the changes, in the order of their versions; none if there is nothing to do
 * @param result what the caller gets once the changes are durable
 * @param event what is told besides the changes themselves
 */
public record Plan<R>(List<Edit> edits, R result, Optional<GatewayEvent> event) {

  /** Copies the list. */
  public Plan {
    edits = List.copyOf(edits);
  }

  /** Changes and a result. */
  public static <R> Plan<R> of(List<Edit> edits, R result) {
    return new Plan<>(edits, result, Optional.empty());
  }

  /** Nothing to do. */
  public static <R> Plan<R> nothing(R result) {
    return of(List.of(), result);
  }
}
