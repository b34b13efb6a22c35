package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.TunnelAddresses;
import java.util.List;

/**
 * A TUN device. From {@link #start()} on it reads into {@link
 * dev.gatehouse.api.packet.Lane#FROM_TUN} and writes what comes from {@link
 * dev.gatehouse.api.packet.Lane#TO_TUN}, whose consumer it is. It never reorders packets of a flow.
 *
 * @since 0.1.0
 */
public interface TunDevice extends Plugin {

  /** The interface's name once started. Any thread. */
  String name();

  /** The largest IP packet in bytes. Any thread. */
  int mtu();

  /** The gateway's own addresses inside the tunnel. Any thread. */
  TunnelAddresses addresses();

  /** The networks that lie behind the device, one per address family at most. Any thread. */
  List<Cidr> networks();
}
