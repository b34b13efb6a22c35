package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;

/** The bits of an address that a network fixes; IPv4 counts in its mapped form. */
final class Masks {

  private Masks() {}

  /** The mask of the upper half. */
  static long high(Cidr network) {
    int kept = kept(network);
    return kept >= 64 ? -1L : kept == 0 ? 0 : -1L << (64 - kept);
  }

  /** The mask of the lower half. */
  static long low(Cidr network) {
    int kept = kept(network);
    return kept >= 128 ? -1L : kept <= 64 ? 0 : -1L << (128 - kept);
  }

  private static int kept(Cidr network) {
    return network.prefixLength() + 128 - network.address().bits();
  }
}
