package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;
import java.util.List;

/** A few networks in a form that is quick to ask. Immutable. */
final class Networks {

  private final long[] high;
  private final long[] low;
  private final long[] maskHigh;
  private final long[] maskLow;

  Networks(List<Cidr> networks) {
    high = networks.stream().mapToLong(network -> network.address().high()).toArray();
    low = networks.stream().mapToLong(network -> network.address().low()).toArray();
    maskHigh = networks.stream().mapToLong(Masks::high).toArray();
    maskLow = networks.stream().mapToLong(Masks::low).toArray();
  }

  /** Whether an address is in one of them. */
  boolean contain(long addressHigh, long addressLow) {
    for (int i = 0; i < high.length; i++) {
      if ((addressHigh & maskHigh[i]) == high[i] && (addressLow & maskLow[i]) == low[i]) {
        return true;
      }
    }
    return false;
  }
}
