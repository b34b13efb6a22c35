package com.example.appliance;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.TunDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A TUN device without a kernel: what the gateway lets through goes to a function. */
final class PacketDevice implements TunDevice {

  private static final int MTU = 1420;

  private final PluginContext context;
  private final InterfaceAddress address;
  private final Function<byte[], Optional<byte[]>> receiver;
  private final List<Shard.Watch> consumers = new ArrayList<>();

  /** A device with an address, and who gets its packets and may answer each with another. */
  PacketDevice(
      PluginContext context,
      InterfaceAddress address,
      Function<byte[], Optional<byte[]>> receiver) {
    this.context = context;
    this.address = address;
    this.receiver = receiver;
  }

  @Override
  public void start() {
    for (var shard : context.shards()) {
      consumers.add(shard.consume(Lane.TO_TUN, batch -> receive(shard, batch)));
    }
  }

  /** On the shard's thread; the batch is the device's now. */
  private void receive(Shard shard, PacketBatch batch) {
    try (batch) {
      for (int i = 0; i < batch.size(); i++) {
        if (batch.length(i) > 0) {
          var packet = batch.slab().asSlice(batch.offset(i), batch.length(i));
          receiver.apply(packet.toArray(ValueLayout.JAVA_BYTE)).ifPresent(each -> send(shard, each));
        }
      }
    }
  }

  /** Gives the gateway a packet, from any thread. */
  void send(byte[] packet) {
    var shard = context.shards().getFirst();
    shard.execute(() -> send(shard, packet));
  }

  private static void send(Shard shard, byte[] packet) {
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      return; // all are in use: the packet is lost, as in any network
    }
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.commit(at, packet.length);
    if (!shard.lane(Lane.FROM_TUN).offer(batch)) {
      batch.close();
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
    return "appliance0";
  }

  @Override
  public int mtu() {
    return MTU;
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(List.of(address.address()));
  }

  @Override
  public List<Cidr> networks() {
    return List.of(address.network());
  }
}
