package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import org.jspecify.annotations.Nullable;

/** The device in memory keeps the contract. */
class MemoryTunContractTest extends TunDeviceContract {

  private @Nullable MemoryHost host;

  @Override
  protected TunDevice create(TunSettings settings, PluginContext context) {
    if (host == null) {
      throw new IllegalStateException("no host");
    }
    return new MemoryTun(settings, context, host);
  }

  @Override
  protected TunHost openHost() {
    var made = new MemoryHost();
    host = made;
    return made;
  }
}
