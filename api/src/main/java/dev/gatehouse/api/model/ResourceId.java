package dev.gatehouse.api.model;

/**
 * Names a resource: something behind the gateway that clients may be authorized for.
 *
 * @param value 1 to 63 lower-case letters, digits, '.', '_' or '-', starting and ending with a
 *     letter or digit
 * @since 0.1.0
 */
public record ResourceId(String value) implements Comparable<ResourceId> {

  /** Checks the name. */
  public ResourceId {
    Names.checked("resource id", value);
  }

  @Override
  public int compareTo(ResourceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
