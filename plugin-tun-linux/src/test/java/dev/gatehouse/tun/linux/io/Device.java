package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.tun.linux.LinuxTunConfig;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A started device with a shard of its own, for kernel tests. */
final class Device implements AutoCloseable {

  final PollShard shard;
  final LinuxTun tun;

  private Device(PollShard shard, LinuxTun tun) {
    this.shard = shard;
    this.tun = tun;
  }

  static LinuxTunConfig config(String name, boolean offload, String... addresses) {
    var parsed = java.util.Arrays.stream(addresses).map(InterfaceAddress::parse).toList();
    return new LinuxTunConfig(name, parsed, 1420, offload, 500, false);
  }

  /** Opens a device in the calling thread's namespace; what it reads goes to the consumer. */
  static Device open(LinuxTunConfig config, Consumer<PacketBatch> received) throws Exception {
    return open(config, received, 64);
  }

  static Device open(LinuxTunConfig config, Consumer<PacketBatch> received, int batches)
      throws Exception {
    var shard = new PollShard(0, batches);
    var tun = new LinuxTun(config, context(List.of(shard)));
    try {
      tun.start();
    } catch (RuntimeException e) {
      tun.close();
      shard.close();
      throw e;
    }
    shard.execute(() -> shard.consume(dev.gatehouse.api.packet.Lane.FROM_TUN, received::accept));
    return new Device(shard, tun);
  }

  /** A context with these shards; the rest as the kit has it. */
  static dev.gatehouse.api.spi.PluginContext context(List<Shard> shards) {
    var kit = new TestContext("tun-linux", Path.of("."));
    return (dev.gatehouse.api.spi.PluginContext)
        Proxy.newProxyInstance(
            Device.class.getClassLoader(),
            new Class<?>[] {dev.gatehouse.api.spi.PluginContext.class},
            (proxy, method, arguments) ->
                method.getName().equals("shards") ? shards : method.invoke(kit, arguments));
  }

  @Override
  public void close() {
    try {
      tun.stop();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    tun.close();
    shard.close();
  }
}
