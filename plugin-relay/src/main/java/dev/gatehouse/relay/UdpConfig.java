package dev.gatehouse.relay;

import dev.gatehouse.api.model.Endpoint;
import java.util.List;

/**
 * The configuration of the UDP transport.
 *
 * @param listen where to listen, at least one place; IPv6 sockets leave IPv4 to others
 * @param optionalIpv6 whether it is no fault if IPv6 cannot be listened on, as with the defaults
 * @param receiveBuffer bytes the kernel keeps per socket until they are read
 * @param sendBuffer bytes the kernel keeps per socket until they are sent
 * @param offload whether the kernel may cut and join trains of datagrams
 */
public record UdpConfig(
    List<Endpoint> listen,
    boolean optionalIpv6,
    int receiveBuffer,
    int sendBuffer,
    boolean offload) {

  /** The port used when nothing else is asked for. */
  public static final int DEFAULT_PORT = 51820;

  /** Seven MiB: what a burst at several Gbit/s needs while the loop does something else. */
  public static final int DEFAULT_BUFFER = 7 * 1024 * 1024;

  /** Copies the list. */
  public UdpConfig {
    listen = List.copyOf(listen);
  }

  /** Everything at its default. */
  public static UdpConfig defaults() {
    return new UdpConfig(everywhere(DEFAULT_PORT), true, DEFAULT_BUFFER, DEFAULT_BUFFER, true);
  }

  /** One port on all addresses of both families. */
  public static List<Endpoint> everywhere(int port) {
    return List.of(Endpoint.parse("0.0.0.0:" + port), Endpoint.parse("[::]:" + port));
  }
}
