package dev.gatehouse.testkit.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.testkit.LoopShard;
import dev.gatehouse.testkit.lab.Await;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the rules of the kit work with: two shards, a host, and devices between them.
 *
 * @since 0.1.0
 */
public abstract class TunKit {

  /** How long it takes to believe that nothing comes. */
  protected static final Duration QUIET = Duration.ofMillis(200);

  /** The UDP port behind the device. */
  protected static final int PEER_PORT = 4242;

  /** The device as most rules want it. */
  protected static final TunSettings USUAL = TunSettings.of("ghkit0", "10.77.0.1/24", "fd77::1/64");

  /** Addresses behind {@link #USUAL}, IPv4 first. */
  protected static final List<IpAddress> PEERS =
      List.of(IpAddress.parse("10.77.0.9"), IpAddress.parse("fd77::9"));

  private static final int BATCHES = 48;

  private final List<LoopShard> shards = new ArrayList<>();
  private final List<TunDevice> devices = new ArrayList<>();
  private final LinkedBlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
  private @Nullable TunContext context;
  private @Nullable TunHost host;
  private @Nullable BatchRules batchRules;

  /** For the rules. */
  protected TunKit() {}

  /** Makes the device under test, as its provider would; it is started by the kit. */
  protected abstract TunDevice create(TunSettings settings, PluginContext context);

  /** Makes a host, before any device of it is created. */
  protected abstract TunHost openHost() throws Exception;

  /** How long anything may take on a loaded machine. */
  protected Duration patience() {
    return Duration.ofSeconds(60);
  }

  /** How often a device is opened in the rule about leaks. */
  protected int openings() {
    return Integer.getInteger("gatehouse.tun.openings", 1000);
  }

  /** Makes shards and host. */
  @BeforeEach
  public final void openBench() throws Exception {
    shards.add(new LoopShard(0, BATCHES));
    shards.add(new LoopShard(1, BATCHES));
    context = new TunContext(shards);
    batchRules = new BatchRules(USUAL.mtu());
    for (var shard : shards) {
      shard.execute(() -> shard.consume(Lane.FROM_TUN, batch -> collect(shard, batch)));
    }
    host = openHost();
  }

  /** Closes what the rule left open, and looks for what the device forgot. */
  @AfterEach
  public final void closeBench() throws Exception {
    try {
      for (var device : List.copyOf(devices)) {
        shut(device);
      }
      bench(host).close();
      for (var shard : shards) {
        shard.close();
      }
      assertThat(bench(batchRules).broken()).as("batches from the device").isEmpty();
    } finally {
      shards.forEach(LoopShard::end);
    }
  }

  private static <T> T bench(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the bench is not open");
    }
    return value;
  }

  /** The host. */
  protected final TunHost host() {
    return bench(host);
  }

  /** The first shard. */
  protected final LoopShard shard() {
    return shards.getFirst();
  }

  /** Both shards. */
  protected final List<LoopShard> shards() {
    return List.copyOf(shards);
  }

  /** A device that is not started. */
  protected final TunDevice device(TunSettings settings) {
    return create(settings, bench(context));
  }

  /** A started device, which the kit closes if the rule does not. */
  protected final TunDevice started(TunSettings settings) throws Exception {
    var device = device(settings);
    devices.add(device);
    start(device);
    host().settle(device.addresses().all());
    return device;
  }

  /** Starts a device where the host is. */
  protected final void start(TunDevice device) throws Exception {
    host()
        .inside(() -> {
          device.start();
          return true;
        });
  }

  /** Stops and closes a device in the time a launcher would give it. */
  protected final void shut(TunDevice device) throws Exception {
    devices.remove(device);
    var done =
        Thread.ofVirtual()
            .start(() -> {
              try {
                device.stop();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              device.close();
            });
    assertThat(done.join(patience())).as("stop and close end in time").isTrue();
  }

  /** Forgets a device that the rule has closed itself. */
  protected final void closed(TunDevice device) {
    devices.remove(device);
  }

  private void collect(LoopShard shard, PacketBatch batch) {
    try (batch) {
      bench(batchRules).look(shard, batch);
      for (int i = 0; i < batch.size(); i++) {
        arrived.add(
            batch.slab().asSlice(batch.offset(i), batch.length(i)).toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  /** The next datagram to {@link #PEER_PORT} that came out of a device; null if none comes. */
  protected final Datagrams.@Nullable Datagram next(Duration atMost) throws InterruptedException {
    long started = System.nanoTime();
    long left = atMost.toNanos();
    while (left > 0) {
      var packet = arrived.poll(left, TimeUnit.NANOSECONDS);
      var datagram = packet == null ? null : Datagrams.parse(packet);
      if (datagram != null && datagram.toPort() == PEER_PORT) {
        return datagram;
      }
      left = atMost.toNanos() - (System.nanoTime() - started);
    }
    return null;
  }

  /** The next datagram that came out of a device, which must come. */
  protected final Datagrams.Datagram next() throws InterruptedException {
    var datagram = next(patience());
    if (datagram == null) {
      throw new AssertionError(
          "no packet came out of the device; "
              + devices.stream().map(device -> device.status().toString()).toList());
    }
    assertThat(datagram.sound()).as("checksums of %s", datagram).isTrue();
    return datagram;
  }

  /** Every packet that came out so far and was not asked for, as bytes. */
  protected final List<byte[]> rest() {
    var rest = new ArrayList<byte[]>();
    arrived.drainTo(rest);
    return rest;
  }

  /** The payload of the next datagram at the host, which must come. */
  protected final byte[] atHost() throws Exception {
    var payload = host().receive(patience());
    if (payload == null) {
      throw new AssertionError(
          "no datagram came to the host; "
              + devices.stream().map(device -> device.status().toString()).toList());
    }
    return payload;
  }

  /** A packet from a peer to the host's program. */
  protected final byte[] toHost(TunDevice device, IpAddress peer, byte[] payload) {
    var own = peer.isV4() ? device.addresses().v4() : device.addresses().v6();
    return Datagrams.packet(peer, PEER_PORT, own.orElseThrow(), host().port(), payload);
  }

  /** Writes packets as one batch; a null is an entry that was dropped before. */
  protected final void write(LoopShard shard, List<byte @Nullable []> packets) {
    Await.until("a batch", patience(), () -> shard.pool().inFlight() < BATCHES);
    shard.execute(() -> {
      var batch = shard.pool().acquire();
      for (var packet : packets) {
        int length = packet == null ? 20 : packet.length;
        int at = batch.reserve(length);
        assertThat(at).as("room in the batch").isNotNegative();
        if (packet != null) {
          MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, length);
        }
        batch.commit(at, length);
        if (packet == null) {
          batch.reframe(batch.size() - 1, at, 0);
        }
      }
      if (!shard.lane(Lane.TO_TUN).offer(batch)) {
        batch.close();
      }
    });
  }

  /** A payload with a number in front. */
  protected static byte[] numbered(int number, int length) {
    var payload = new byte[Math.max(4, length)];
    for (int i = 4; i < payload.length; i++) {
      payload[i] = (byte) (number + i);
    }
    return ByteBuffer.wrap(payload).putInt(0, number).array();
  }

  /** The number in front of a payload. */
  protected static int number(byte[] payload) {
    return ByteBuffer.wrap(payload).getInt();
  }

  /** The drops in a device's status. */
  protected static long drops(TunDevice device) {
    return device.status().get("drops") instanceof Map<?, ?> drops
        ? drops.values().stream().mapToLong(each -> ((Number) each).longValue()).sum()
        : 0;
  }

  /** Sends one datagram each way and family, and expects them to arrive. */
  protected final void crosses(TunDevice device, List<IpAddress> peers) throws Exception {
    for (var peer : peers) {
      var there = numbered(7, 100);
      host().send(peer, PEER_PORT, there);
      var came = next();
      assertThat(came.payload()).isEqualTo(there);
      assertThat(came.to()).isEqualTo(peer);
      assertThat(device.addresses().contains(came.from())).as("%s is ours", came.from()).isTrue();
      var back = numbered(8, 200);
      write(shard(), List.of(toHost(device, peer, back)));
      assertThat(atHost()).isEqualTo(back);
    }
  }
}
