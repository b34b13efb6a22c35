package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.TunDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A TUN device of a {@link MemoryHost}: it has queues where others have a kernel. The first shard
 * reads, every shard writes. Works on shards with and without threads.
 *
 * @since 0.1.0
 */
public class MemoryTun implements TunDevice {

  private static final Duration RETRY = Duration.ofMillis(1);
  private static final int MAX_PACKETS = 64;

  private final TunSettings settings;
  private final PluginContext context;
  private final MemoryHost host;
  private final Deque<byte[]> queue = new LinkedBlockingDeque<>(500);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Map<Shard, Shard.Watch> consumers = new ConcurrentHashMap<>();
  private final List<DropCounters> drops = new ArrayList<>();
  private final AtomicLong lost = new AtomicLong();
  private @Nullable PacketBatch held;
  private volatile boolean open;

  /** A device that is not open yet. */
  public MemoryTun(TunSettings settings, PluginContext context, MemoryHost host) {
    this.settings = settings;
    this.context = context;
    this.host = host;
    context.shards().forEach(shard -> drops.add(new DropCounters()));
  }

  @Override
  public void start() throws InterruptedException {
    open = true;
    host.attach(settings, this);
    for (var shard : context.shards()) {
      onShard(
          shard,
          () ->
              consumers.put(
                  shard, shard.consume(Lane.TO_TUN, batch -> write(shard.index(), batch))));
    }
  }

  /** The host gives the device a packet. Any thread. */
  void fromHost(byte[] packet) {
    if (!queue.offer(packet)) {
      lost.incrementAndGet();
    }
    schedule();
  }

  /** Loses what waits to be read. */
  void discard() {
    queue.clear();
  }

  private void schedule() {
    if (open && scheduled.compareAndSet(false, true)) {
      context.shards().getFirst().execute(this::read);
    }
  }

  private void later() {
    if (open && scheduled.compareAndSet(false, true)) {
      context.shards().getFirst().after(RETRY, this::read);
    }
  }

  /** One turn of reading; the first shard's thread. */
  void read() {
    scheduled.set(false);
    var shard = context.shards().getFirst();
    while (open) {
      var batch = held;
      held = null;
      if (batch == null) {
        if (queue.isEmpty()) {
          return;
        }
        batch = shard.pool().tryAcquire();
        if (batch == null) {
          later();
          return;
        }
        fill(batch);
      }
      if (batch.isEmpty()) {
        batch.close();
      } else if (!shard.lane(Lane.FROM_TUN).offer(batch)) {
        held = batch;
        later();
        return;
      }
    }
  }

  private void fill(PacketBatch batch) {
    while (batch.size() < MAX_PACKETS) {
      int at = batch.reserve(settings.mtu());
      var packet = at < 0 ? null : queue.poll();
      if (packet == null) {
        return;
      }
      if (packet.length > settings.mtu()) {
        drops.getFirst().count(DropReason.TOO_BIG, 1);
      } else if (Datagrams.length(packet) != packet.length) {
        drops.getFirst().count(DropReason.MALFORMED, 1);
      } else {
        add(batch, at, packet);
      }
    }
  }

  /** Adds a packet to a batch. */
  protected void add(PacketBatch batch, int at, byte[] packet) {
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.commit(at, packet.length);
  }

  /** Writes a batch, which is the device's now; the shard's thread. */
  protected void write(int shard, PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.length(i) == 0) {
        continue;
      }
      var packet =
          batch.slab().asSlice(batch.offset(i), batch.length(i)).toArray(ValueLayout.JAVA_BYTE);
      if (Datagrams.length(packet) != packet.length) {
        batch.drop(i, DropReason.MALFORMED, drops.get(shard));
      } else if (packet.length > settings.mtu()) {
        batch.drop(i, DropReason.TOO_BIG, drops.get(shard));
      } else if (!toHost(packet)) {
        batch.drop(i, DropReason.DEVICE_FAILED, drops.get(shard));
      }
    }
    batch.close();
  }

  /** Gives the host a packet; false if it has no room. */
  protected boolean toHost(byte[] packet) {
    return host.accept(packet);
  }

  @Override
  public void stop() throws InterruptedException {
    if (!open) {
      return;
    }
    open = false;
    for (var shard : context.shards()) {
      onShard(shard, () -> detach(shard));
    }
  }

  private void detach(Shard shard) {
    var consumer = consumers.remove(shard);
    if (consumer != null) {
      consumer.close();
    }
    if (shard.index() == 0 && held != null) {
      held.close();
      held = null;
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    host.detach(settings.name(), this);
    queue.clear();
  }

  private static void onShard(Shard shard, Runnable task) throws InterruptedException {
    if (shard.isCurrent()) {
      task.run();
      return;
    }
    var done = new CountDownLatch(1);
    shard.execute(() -> {
      try {
        task.run();
      } finally {
        done.countDown();
      }
    });
    done.await();
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public int mtu() {
    return settings.mtu();
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(
        settings.addresses().stream().map(InterfaceAddress::address).toList());
  }

  @Override
  public List<Cidr> networks() {
    return settings.addresses().stream().map(InterfaceAddress::network).toList();
  }

  /** The addresses the host gives the interface. */
  protected List<IpAddress> given() {
    return addresses().all();
  }

  @Override
  public Health health() {
    return open ? Health.ok() : Health.failing("The interface " + name() + " is not open.");
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("interface", name());
    status.put("mtu", mtu());
    status.put("addresses", settings.addresses().stream().map(Object::toString).toList());
    status.put("queue-dropped", lost.get());
    status.put("drops", DropCounters.byReason(drops.stream()));
    return status;
  }
}
