package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;

/**
 * Ports from {@code first} to {@code last}, both included.
 *
 * @param first 0 to 65535
 * @param last {@code first} to 65535
 * @since 0.1.0
 */
public record PortRange(int first, int last) {

  /** Every port. */
  public static final PortRange ALL = new PortRange(0, 65535);

  /** Checks order and range. */
  public PortRange {
    if (first < 0 || last > 65535 || first > last) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          first + "-" + last + " is not a range of ports.",
          "Use numbers from 0 to 65535, the smaller one first.");
    }
  }

  /** Whether the port lies in the range. */
  public boolean contains(int port) {
    return port >= first && port <= last;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
