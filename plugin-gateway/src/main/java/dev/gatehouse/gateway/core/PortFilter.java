package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.PortRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The filters of a resource in a form that is quick to ask. No filters at all permit every IP
 * protocol; otherwise the union of them is permitted and nothing else. Immutable.
 */
public final class PortFilter {

  private static final int[] NONE = {};

  private final boolean everything;
  private final boolean icmp;
  private final int[] tcp;
  private final int[] udp;

  private PortFilter(boolean everything, boolean icmp, int[] tcp, int[] udp) {
    this.everything = everything;
    this.icmp = icmp;
    this.tcp = tcp;
    this.udp = udp;
  }

  /** Compiles filters. */
  public static PortFilter of(List<Filter> filters) {
    if (filters.isEmpty()) {
      return new PortFilter(true, true, NONE, NONE);
    }
    boolean icmp = false;
    var tcp = new ArrayList<PortRange>();
    var udp = new ArrayList<PortRange>();
    for (var filter : filters) {
      switch (filter) {
        case Filter.Tcp(var ports) -> tcp.add(ports);
        case Filter.Udp(var ports) -> udp.add(ports);
        case Filter.Icmp() -> icmp = true;
      }
    }
    return new PortFilter(false, icmp, merged(tcp), merged(udp));
  }

  /** Sorted, disjoint ranges as first, last, first, last and so on. */
  private static int[] merged(List<PortRange> ranges) {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(PortRange::first));
    var bounds = new int[2 * sorted.size()];
    int used = 0;
    for (var range : sorted) {
      if (used > 0 && range.first() <= bounds[used - 1] + 1) {
        bounds[used - 1] = Math.max(bounds[used - 1], range.last());
      } else {
        bounds[used++] = range.first();
        bounds[used++] = range.last();
      }
    }
    return java.util.Arrays.copyOf(bounds, used);
  }

  /**
   * Whether a packet is permitted.
   *
   * @param version 4 or 6
   * @param protocol the IP protocol
   * @param port the port on the resource's side
   * @param portKnown false for a fragment without its transport header
   */
  public boolean permits(int version, int protocol, int port, boolean portKnown) {
    if (everything) {
      return true;
    }
    if (!portKnown) {
      return false;
    }
    return switch (protocol) {
      case IpPacket.TCP -> contains(tcp, port);
      case IpPacket.UDP -> contains(udp, port);
      case IpPacket.ICMP -> icmp && version == 4;
      case IpPacket.ICMP_V6 -> icmp && version == 6;
      default -> false;
    };
  }

  private static boolean contains(int[] bounds, int port) {
    int low = 0;
    int high = bounds.length >>> 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (port > bounds[2 * middle + 1]) {
        low = middle + 1;
      } else if (port < bounds[2 * middle]) {
        high = middle;
      } else {
        return true;
      }
    }
    return false;
  }
}
