package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.packet.Path;
import java.util.List;

/**
 * The way datagrams reach peers. From {@link #start()} on it receives into {@link
 * dev.gatehouse.api.packet.Lane#FROM_NETWORK} with path and ECN set, and sends what comes from
 * {@link dev.gatehouse.api.packet.Lane#TO_NETWORK}, whose consumer it is. It never reorders
 * datagrams of one path.
 *
 * @since 0.1.0
 */
public interface Transport extends Plugin {

  /** Where it listens once started, with the ports that were really bound. Any thread. */
  List<Endpoint> listening();

  /** The path for a first datagram to an address nothing has come from yet. Any thread. */
  Path pathTo(Endpoint remote);
}
