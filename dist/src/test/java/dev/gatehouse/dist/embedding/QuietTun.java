package dev.gatehouse.dist.embedding;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.TunDevice;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The least a TUN device can be: nothing comes from it, and what is written to it is gone. */
public final class QuietTun implements TunDevice {

  private final PluginContext context;
  private final List<Shard.Watch> consumers = new CopyOnWriteArrayList<>();

  /** A device that is not open yet. */
  public QuietTun(PluginContext context) {
    this.context = context;
  }

  @Override
  public void start() {
    for (var shard : context.shards()) {
      consumers.add(shard.consume(Lane.TO_TUN, PacketBatch::close));
    }
  }

  @Override
  public void stop() {
    consumers.forEach(Shard.Watch::close);
    consumers.clear();
  }

  @Override
  public void close() {
    stop();
  }

  @Override
  public String name() {
    return "quiet0";
  }

  @Override
  public int mtu() {
    return 1420;
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(networks().stream().map(Cidr::address).toList());
  }

  @Override
  public List<Cidr> networks() {
    return List.of(Cidr.parse("100.64.0.0/16"), Cidr.parse("fd00:6a7e::/64"));
  }
}
