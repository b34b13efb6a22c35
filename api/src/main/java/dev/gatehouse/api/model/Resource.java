package dev.gatehouse.api.model;

import java.util.List;

/**
 * Something behind the gateway that clients may be authorized for.
 *
 * @param id its id; where two resources fit a packet equally well, the greater id decides
 * @param name what people call it
 * @param destination where it lies
 * @param filters what is allowed there; empty allows everything
 * @since 0.1.0
 */
public record Resource(ResourceId id, String name, Destination destination, List<Filter> filters) {

  /** Checks the name and copies the list. */
  public Resource {
    Texts.checkedName("resource", name);
    filters = List.copyOf(filters);
  }
}
