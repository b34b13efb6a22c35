package dev.gatehouse.api.model;

/**
 * Names a client: one device or person that reaches resources through the gateway.
 *
 * @param value 1 to 63 lower-case letters, digits, '.', '_' or '-', starting and ending with a
 *     letter or digit
 * @since 0.1.0
 */
public record ClientId(String value) implements Comparable<ClientId> {

  /** Checks the name. */
  public ClientId {
    Names.checked("client id", value);
  }

  @Override
  public int compareTo(ClientId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
