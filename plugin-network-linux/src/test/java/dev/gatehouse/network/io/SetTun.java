package dev.gatehouse.network.io;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.spi.TunDevice;
import java.util.List;

/** Says what a TUN device would say, of an interface somebody else has made. */
record SetTun(String name, List<Cidr> networks) implements TunDevice {

  @Override
  public int mtu() {
    return 1420;
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(List.of(IpAddress.parse("100.64.0.1")));
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}
}
