package dev.gatehouse.bench.store;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.spi.TunDevice;
import java.util.List;

/** A device that has addresses and does nothing. */
final class SilentTun implements TunDevice {

  @Override
  public String name() {
    return "bench0";
  }

  @Override
  public int mtu() {
    return 1420;
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(
        List.of(IpAddress.parse("100.95.0.1"), IpAddress.parse("fd00:2021:1111::1f:ffff")));
  }

  @Override
  public List<Cidr> networks() {
    return List.of(Cidr.parse("100.64.0.0/11"), Cidr.parse("fd00:2021:1111::/107"));
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}
}
