package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.Packets;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.Traffic;
import dev.gatehouse.testkit.Allocations;
import dev.gatehouse.testkit.CpuTime;
import dev.gatehouse.testkit.ManualTime;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the packet path costs: no allocation, and printed nanoseconds per packet. */
class SteadyStateTest {

  private static final int PACKETS = 64;
  private static final int ROUNDS = Integer.getInteger("gatehouse.steady.rounds", 1_000);

  /** A shard that keeps consumers at hand and offers nothing more. */
  private static final class BareShard implements Shard {
    final SlabPool pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
    final Map<Lane, BatchConsumer> consumers = new EnumMap<>(Lane.class);

    /** Closes what is offered. */
    final PacketLane sink =
        new PacketLane() {
          @Override
          public boolean offer(PacketBatch batch) {
            batch.close();
            return true;
          }

          @Override
          public int credits() {
            return 1;
          }
        };

    @Override
    public int index() {
      return 0;
    }

    @Override
    public SlabPool pool() {
      return pool;
    }

    @Override
    public PacketLane lane(Lane lane) {
      return sink;
    }

    @Override
    public Watch consume(Lane lane, BatchConsumer consumer) {
      consumers.put(lane, consumer);
      return () -> consumers.remove(lane);
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    @Override
    public Watch every(Duration period, Runnable task) {
      return () -> {};
    }

    @Override
    public Watch after(Duration delay, Runnable task) {
      return () -> {};
    }

    @Override
    public DescriptorWatch watch(int descriptor, Pump pump) {
      throw new UnsupportedOperationException();
    }
  }

  private @Nullable PolicyShard opened;
  private final BareShard shard = new BareShard();
  private final FakeStore store = new FakeStore();
  private final FakeTunnel tunnel = new FakeTunnel();
  private final ManualTime manual = new ManualTime();

  private PolicyShard open(int resources, int clients) {
    for (int i = 0; i < clients; i++) {
      store.put(Bench.client("c" + i, 10 + i));
    }
    for (int i = 0; i < resources; i++) {
      var network =
          i % 2 == 0 ? "10." + i % 250 + ".0.0/" + (16 + i % 9) : "10.200." + i % 250 + ".7";
      store.put(Bench.resource("r" + i, network, "tcp/80", "tcp/443", "udp/53"));
      store.put(
          new dev.gatehouse.api.model.Authorization(
              Bench.key("c0", "r" + i),
              manual.now(),
              java.util.Optional.of(manual.now().plusSeconds(1_000_000)),
              "test"));
    }
    var tun = new FakeTun();
    var model = new PolicyModel(new PolicyTable.Surroundings(tun.addresses(), tun.networks()), 10);
    var follower =
        new StoreFollower(
            PolicyConfig.DEFAULTS,
            store,
            manual,
            Runnable::run,
            model,
            new PeerSync(tunnel, manual));
    follower.follow();
    var policy =
        new PolicyShard(shard, manual, follower, (_, _, _) -> {}, new FlowTable(1, _ -> {}));
    policy.open();
    opened = policy;
    return policy;
  }

  private void send(Lane lane, boolean sameFlow, boolean refused) {
    var batch = Objects.requireNonNull(shard.pool.tryAcquire());
    for (int i = 0; i < PACKETS; i++) {
      var packet = sameFlow ? packets[refused ? 1 : 0] : packets[2 + i];
      int at = batch.reserve(packet.length);
      java.lang.foreign.MemorySegment.copy(
          packet, 0, batch.slab(), java.lang.foreign.ValueLayout.JAVA_BYTE, at, packet.length);
      batch.peer(batch.commit(at, packet.length), lane == Lane.FROM_TUNNEL ? 0 : -1);
    }
    Objects.requireNonNull(shard.consumers.get(lane)).accept(batch);
  }

  private final byte[][] packets = new byte[2 + PACKETS][];

  private void fill(boolean towardsResource) {
    for (int i = 0; i < packets.length; i++) {
      var resource = "10." + 2 * (i % 100) % 250 + ".0.9";
      int port = i == 1 ? 22 : 80;
      packets[i] =
          towardsResource
              ? Packets.tcp("100.64.0.10", 40000 + i, resource, port)
              : Packets.tcp(resource, port, "100.64.0.10", 40000 + i);
    }
  }

  @Test
  void thePacketPathAllocatesNothing() {
    var policy = open(200, 50);
    measure(Lane.FROM_TUNNEL, "one flow, allowed", true, false);
    measure(Lane.FROM_TUNNEL, "one flow, refused", true, true);
    measure(Lane.FROM_TUNNEL, "changing flow, allowed", false, false);
    measure(Lane.FROM_TUN, "one flow, allowed", true, false);
    measure(Lane.FROM_TUN, "one flow, refused", true, true);
    measure(Lane.FROM_TUN, "changing flow, allowed", false, false);
    assertThat(shard.pool.inFlight()).isZero();
    assertThat(policy.drops().total()).isPositive();
    policy.close();
  }

  private void measure(Lane lane, String what, boolean sameFlow, boolean refused) {
    fill(lane == Lane.FROM_TUNNEL);
    Runnable rounds =
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            send(lane, sameFlow, refused);
          }
        };
    var policy = Objects.requireNonNull(shard.consumers.put(lane, PacketBatch::close));
    rounds.run();
    double without = nanosPerPacket(rounds);
    shard.consumers.put(lane, policy);
    rounds.run();
    long before = passed();
    rounds.run();
    assertThat(passed() - before).isEqualTo(refused ? 0L : (long) ROUNDS * PACKETS);
    long bytes = Allocations.least(rounds, ROUNDS);
    double with = nanosPerPacket(rounds);
    System.out.printf(
        "%s, %s: %.1f ns per packet, %d bytes allocated in %d packets%n",
        lane.label(), what, with - without, bytes, ROUNDS * PACKETS);
    assertThat(bytes).as("bytes allocated").isLessThan(ROUNDS);
  }

  private long passed() {
    return traffic().of(Traffic.Counter.PACKETS_IN) + traffic().of(Traffic.Counter.PACKETS_OUT);
  }

  private Traffic traffic() {
    return Objects.requireNonNull(opened).traffic();
  }

  /** The best of five, because the machine has other things to do as well. */
  private static double nanosPerPacket(Runnable rounds) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      best = Math.min(best, CpuTime.of(rounds));
    }
    return (double) best / ROUNDS / PACKETS;
  }
}
