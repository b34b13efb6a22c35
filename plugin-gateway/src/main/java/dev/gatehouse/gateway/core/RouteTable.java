package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Destination;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The networks of one address family that a client may reach. Of several grants that cover an
 * address, the one that counts is the first whose filter permits the packet, longest prefix first,
 * greater resource id first among equal prefixes. A lookup is one binary search per prefix length
 * in use and allocates nothing. Immutable.
 */
public final class RouteTable {

  private static final Comparator<Route> ORDER =
      Comparator.comparingInt((Route route) -> route.network().prefixLength())
          .reversed()
          .thenComparing(route -> route.network().address())
          .thenComparing(route -> route.grant().resource().id(), Comparator.reverseOrder());

  private final long[] maskHigh;
  private final long[] maskLow;
  private final int[] starts;
  private final long[] high;
  private final long[] low;
  private final Grant[] grants;

  private record Route(Cidr network, Grant grant) {}

  private RouteTable(List<Route> routes) {
    int lengths = (int) routes.stream().map(r -> r.network().prefixLength()).distinct().count();
    maskHigh = new long[lengths];
    maskLow = new long[lengths];
    starts = new int[lengths + 1];
    high = new long[routes.size()];
    low = new long[routes.size()];
    grants = new Grant[routes.size()];
    int group = -1;
    int lastLength = -1;
    for (int i = 0; i < routes.size(); i++) {
      var network = routes.get(i).network();
      if (network.prefixLength() != lastLength) {
        lastLength = network.prefixLength();
        group++;
        starts[group] = i;
        maskHigh[group] = Masks.high(network);
        maskLow[group] = Masks.low(network);
      }
      high[i] = network.address().high();
      low[i] = network.address().low();
      grants[i] = routes.get(i).grant();
    }
    starts[lengths] = routes.size();
  }

  /**
   * Compiles the grants whose destination is a network of one family.
   *
   * @param version 4 or 6
   */
  public static RouteTable of(List<Grant> grants, int version) {
    var routes = new ArrayList<Route>();
    for (var grant : grants) {
      if (grant.resource().destination() instanceof Destination.Network(var network)
          && network.address().isV4() == (version == 4)) {
        routes.add(new Route(network, grant));
      }
    }
    routes.sort(ORDER);
    return new RouteTable(routes);
  }

  /**
   * The grant that permits a packet, or null.
   *
   * @param addressHigh the resource's address, upper half
   * @param addressLow the resource's address, lower half
   * @param version 4 or 6
   * @param protocol the IP protocol
   * @param port the port on the resource's side
   * @param portKnown false for a fragment without its transport header
   * @param wallNanos the wall clock
   */
  public @Nullable Grant find(
      long addressHigh,
      long addressLow,
      int version,
      int protocol,
      int port,
      boolean portKnown,
      long wallNanos) {
    for (int group = 0; group < maskHigh.length; group++) {
      long wantedHigh = addressHigh & maskHigh[group];
      long wantedLow = addressLow & maskLow[group];
      int end = starts[group + 1];
      for (int i = first(wantedHigh, wantedLow, starts[group], end);
          i < end && high[i] == wantedHigh && low[i] == wantedLow;
          i++) {
        var grant = grants[i];
        if (grant.isActiveAt(wallNanos)
            && grant.filter().permits(version, protocol, port, portKnown)) {
          return grant;
        }
      }
    }
    return null;
  }

  /** Gives every grant that covers an address, active or not, in the order of preference. */
  public void covering(long addressHigh, long addressLow, Consumer<? super Grant> receiver) {
    for (int group = 0; group < maskHigh.length; group++) {
      long wantedHigh = addressHigh & maskHigh[group];
      long wantedLow = addressLow & maskLow[group];
      int end = starts[group + 1];
      for (int i = first(wantedHigh, wantedLow, starts[group], end);
          i < end && high[i] == wantedHigh && low[i] == wantedLow;
          i++) {
        receiver.accept(grants[i]);
      }
    }
  }

  /**
   * Whether any active grant covers the address, whatever its filter says.
   *
   * @param wallNanos the wall clock
   */
  public boolean covers(long addressHigh, long addressLow, long wallNanos) {
    for (int group = 0; group < maskHigh.length; group++) {
      long wantedHigh = addressHigh & maskHigh[group];
      long wantedLow = addressLow & maskLow[group];
      int end = starts[group + 1];
      for (int i = first(wantedHigh, wantedLow, starts[group], end);
          i < end && high[i] == wantedHigh && low[i] == wantedLow;
          i++) {
        if (grants[i].isActiveAt(wallNanos)) {
          return true;
        }
      }
    }
    return false;
  }

  private int first(long wantedHigh, long wantedLow, int from, int to) {
    int left = from;
    int right = to;
    while (left < right) {
      int middle = (left + right) >>> 1;
      int order = Long.compareUnsigned(high[middle], wantedHigh);
      if (order == 0) {
        order = Long.compareUnsigned(low[middle], wantedLow);
      }
      if (order < 0) {
        left = middle + 1;
      } else {
        right = middle;
      }
    }
    return left;
  }
}
