package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.net.InetSocketAddress;

/**
 * An address and a UDP or TCP port.
 *
 * @param address the address
 * @param port 0 to 65535; 0 where the system chooses
 * @since 0.1.0
 */
public record Endpoint(IpAddress address, int port) {

  /** Checks the port. */
  public Endpoint {
    if (port < 0 || port > 65535) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          port + " is not a port.",
          "Use a number from 0 to 65535.");
    }
  }

  /**
   * Reads {@code 192.0.2.1:51820} or {@code [2001:db8::1]:51820}.
   *
   * @throws GatehouseException if the text is neither
   */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    var port = colon < 0 ? "" : text.substring(colon + 1);
    if (!port.matches("[0-9]{1,5}")) {
      throw malformed(text);
    }
    var host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (!bracketed && host.indexOf(':') >= 0) {
      throw malformed(text);
    }
    var address = IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host);
    return new Endpoint(address, Integer.parseInt(port));
  }

  private static GatehouseException malformed(String text) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "'" + Texts.shown(text) + "' is not an address with a port.",
        "Write 192.0.2.1:51820 or [2001:db8::1]:51820.");
  }

  /** The same for the JDK's networking classes. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(address.toInetAddress(), port);
  }

  @Override
  public String toString() {
    return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
