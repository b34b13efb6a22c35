package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.Locale;

/**
 * One rule of a resource. A resource without filters allows every IP protocol; with filters it
 * allows the union of them and nothing else.
 *
 * @since 0.1.0
 */
public sealed interface Filter {

  /**
   * TCP to (and from) these ports of the resource.
   *
   * @param ports the resource's ports
   */
  record Tcp(PortRange ports) implements Filter {
    @Override
    public String toString() {
      return "tcp" + suffix(ports);
    }
  }

  /**
   * UDP to (and from) these ports of the resource.
   *
   * @param ports the resource's ports
   */
  record Udp(PortRange ports) implements Filter {
    @Override
    public String toString() {
      return "udp" + suffix(ports);
    }
  }

  /** ICMP and ICMPv6 of every type. */
  record Icmp() implements Filter {
    @Override
    public String toString() {
      return "icmp";
    }
  }

  /**
   * Reads {@code tcp/443}, {@code udp/5000-5100}, {@code tcp} or {@code icmp}; {@link
   * Object#toString()} gives the same form back.
   *
   * @throws GatehouseException if the text is none of these
   */
  static Filter parse(String text) {
    var parts = text.strip().toLowerCase(Locale.ROOT).split("/", -1);
    if (parts.length == 1 && parts[0].equals("icmp")) {
      return new Icmp();
    }
    if (parts.length <= 2 && (parts[0].equals("tcp") || parts[0].equals("udp"))) {
      var ports = parts.length == 1 ? PortRange.ALL : ports(text, parts[1]);
      return parts[0].equals("tcp") ? new Tcp(ports) : new Udp(ports);
    }
    throw malformed(text);
  }

  private static PortRange ports(String text, String range) {
    if (!range.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      throw malformed(text);
    }
    int dash = range.indexOf('-');
    return dash < 0
        ? new PortRange(Integer.parseInt(range), Integer.parseInt(range))
        : new PortRange(
            Integer.parseInt(range.substring(0, dash)),
            Integer.parseInt(range.substring(dash + 1)));
  }

  private static GatehouseException malformed(String text) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "'" + Texts.shown(text) + "' is not a filter.",
        "Write tcp/443, udp/5000-5100, tcp, udp or icmp.");
  }

  private static String suffix(PortRange ports) {
    return ports.equals(PortRange.ALL) ? "" : "/" + ports;
  }
}
