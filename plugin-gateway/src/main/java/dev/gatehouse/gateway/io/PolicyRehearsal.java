package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PortRange;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The packet path with a table of its own, in which one client may reach one network. The store is
 * asked for nothing but whether it knows the time.
 */
final class PolicyRehearsal implements Rehearsal {

  private static final int PIECE = 256;
  private static final int HANDLE = 0;
  private static final ClientId CLIENT = new ClientId("rehearsal");
  private static final ResourceId RESOURCE = new ResourceId("rehearsal");

  private final Shard shard;
  private final PolicyShard policy;
  private final List<Shard.Watch> consumers = new ArrayList<>();
  private final MemorySegment up = MadeUpPackets.offHeap(MadeUpPackets.UP.tcp(1, PIECE));
  private final MemorySegment upDatagram = MadeUpPackets.offHeap(MadeUpPackets.UP.udp(64));
  private final MemorySegment down = MadeUpPackets.offHeap(MadeUpPackets.DOWN.tcp(1, 2 * PIECE));
  private final MemorySegment downDatagram = MadeUpPackets.offHeap(MadeUpPackets.DOWN.udp(64));
  private int rounds;
  private int passed;

  PolicyRehearsal(PolicyConfig config, PluginContext context, Shard shard) {
    this.shard = shard;
    var time = context.time();
    var model = new PolicyModel(surroundings(), 0);
    model.reset(snapshot(), time.nanoTime());
    var follower =
        new StoreFollower(
            config,
            context.store(),
            time,
            Runnable::run,
            model,
            new PeerSync(context.tunnel(), time));
    var flows = new FlowTable(0, flow -> {});
    policy = new PolicyShard(shard, time, follower, (handle, kind, body) -> {}, flows);
    consumers.add(shard.consume(Lane.TO_TUN, this::take));
    consumers.add(shard.consume(Lane.TO_TUNNEL, this::take));
    policy.open();
  }

  private static PolicyTable.Surroundings surroundings() {
    var gateway = TunnelAddresses.of(List.of(IpAddress.parse("192.0.2.1")));
    return new PolicyTable.Surroundings(gateway, List.of(Cidr.parse("192.0.2.0/24")));
  }

  private static StoreSnapshot snapshot() {
    var client =
        new Client(
            CLIENT,
            "rehearsal",
            PublicKey.of(new byte[PublicKey.LENGTH]),
            Optional.empty(),
            TunnelAddresses.of(List.of(IpAddress.v4(MadeUpPackets.UP.source()))));
    var resource =
        new Resource(
            RESOURCE,
            "rehearsal",
            new Destination.Network(Cidr.parse("198.51.100.0/24")),
            List.of(
                new Filter.Tcp(new PortRange(443, 443)), new Filter.Udp(new PortRange(443, 443))));
    var authorization =
        new Authorization(
            new AuthorizationKey(CLIENT, RESOURCE), Instant.EPOCH, Optional.empty(), "rehearsal");
    return new StoreSnapshot(0, List.of(client), List.of(resource), List.of(authorization));
  }

  private void take(PacketBatch batch) {
    passed += batch.size();
    batch.close();
  }

  /** Entries that passed so far. */
  int passed() {
    return passed;
  }

  @Override
  public void round() {
    rounds++;
    boolean strange = rounds % 16 == 0;
    offer(Lane.FROM_TUNNEL, strange ? down : up, upDatagram, 0);
    offer(Lane.FROM_TUN, strange ? up : down, downDatagram, PIECE);
  }

  private void offer(Lane lane, MemorySegment packet, MemorySegment datagram, int segment) {
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      return;
    }
    for (int i = 0; i < 4; i++) {
      batch.peer(MadeUpPackets.add(batch, packet, segment), HANDLE);
    }
    if (rounds % 4 == 0) {
      batch.peer(MadeUpPackets.add(batch, datagram, 0), HANDLE);
    }
    if (!shard.lane(lane).offer(batch)) {
      batch.close();
    }
  }

  @Override
  public void close() {
    policy.close();
    consumers.forEach(Shard.Watch::close);
  }
}
