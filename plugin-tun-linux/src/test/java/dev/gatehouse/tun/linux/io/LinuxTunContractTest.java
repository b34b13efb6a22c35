package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.testkit.tun.SocketHost;
import dev.gatehouse.testkit.tun.TunDeviceContract;
import dev.gatehouse.testkit.tun.TunHost;
import dev.gatehouse.testkit.tun.TunSettings;
import dev.gatehouse.tun.linux.LinuxTunConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** The device keeps the contract, each rule in a network namespace of its own. */
@Tag("kernel")
class LinuxTunContractTest extends TunDeviceContract {

  private @Nullable Namespace namespace;

  @Override
  protected TunDevice create(TunSettings settings, PluginContext context) {
    var addresses = settings.addresses().stream().map(Object::toString).toArray(String[]::new);
    LinuxTunConfig config = Device.config(settings.name(), true, addresses);
    return new LinuxTun(config, context);
  }

  @Override
  protected TunHost openHost() throws Exception {
    var opened = Namespace.open();
    namespace = opened;
    return new SocketHost(opened::call);
  }

  @AfterEach
  void leaveTheNamespace() {
    if (namespace != null) {
      namespace.close();
    }
  }
}
