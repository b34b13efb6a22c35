import dev.gatehouse.relay.RelayProvider;
import dev.gatehouse.relay.UdpTransportProvider;
import org.jspecify.annotations.NullMarked;

/**
 * Reaching peers: the UDP transport of Linux, and the STUN and TURN relay.
 *
 * @provides dev.gatehouse.api.spi.TransportProvider as {@code udp}
 * @provides dev.gatehouse.api.spi.ServiceProvider as {@code relay}
 */
@NullMarked
module dev.gatehouse.relay {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.relay;
  // jnr-ffi makes the classes behind these interfaces in an unnamed module.
  exports dev.gatehouse.relay.abi;

  provides dev.gatehouse.api.spi.ServiceProvider with
      RelayProvider;
  provides dev.gatehouse.api.spi.TransportProvider with
      UdpTransportProvider;
}
