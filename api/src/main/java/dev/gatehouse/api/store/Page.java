package dev.gatehouse.api.store;

import java.util.List;
import java.util.Optional;

/**
 * Part of a listing, in key order.
 *
 * @param items the items
 * @param next what to pass as cursor for the next page; empty after the last one
 * @since 0.1.0
 */
public record Page<T>(List<T> items, Optional<String> next) {

  /** Copies the list. */
  public Page {
    items = List.copyOf(items);
  }
}
