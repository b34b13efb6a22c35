package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.tun.linux.LinuxTunConfig;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.RouteMessages;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TUN device. With one queue the first shard reads and every shard writes; with a queue per
 * shard each reads and writes its own. The interface exists from {@link #start()} to {@link
 * #close()}.
 */
public final class LinuxTun implements TunDevice {

  private static final Logger LOG = LoggerFactory.getLogger(LinuxTun.class);
  private static final long CLOSE_SECONDS = 5;

  private final LinuxTunConfig config;
  private final PluginContext context;
  private final DeviceState state = new DeviceState();
  private final List<TunDescriptor> descriptors = new ArrayList<>();
  private volatile List<InterfaceAddress> addresses;
  private volatile List<Port> ports = List.of();
  private volatile @Nullable Netlink netlink;
  private volatile int index;
  private volatile boolean detached = true;

  /** A device that is not open yet. */
  public LinuxTun(LinuxTunConfig config, PluginContext context) {
    this.config = config;
    this.context = context;
    this.addresses = config.addresses();
  }

  @Override
  public void start() throws InterruptedException {
    var libc = TunErrors.loaded();
    var shards = context.shards();
    int queues = config.multiQueue() ? shards.size() : 1;
    for (int i = 0; i < queues; i++) {
      descriptors.add(TunDescriptor.open(libc, config.name(), config.offload(), queues > 1));
    }
    var socket = Netlink.open(libc);
    netlink = socket;
    var setup = InterfaceSetup.apply(config, socket);
    index = setup.index();
    addresses = setup.addresses();
    detached = false;
    var opened = new ArrayList<Port>();
    for (var shard : shards) {
      int queue = Math.min(shard.index(), queues - 1);
      boolean reads = shard.index() < queues;
      opened.add(new Port(libc, descriptors.get(queue), config.mtu(), reads, shard, state));
      ports = List.copyOf(opened);
    }
    for (var port : opened) {
      onShard(port.shard(), port::attach);
    }
    reportStart();
  }

  private void reportStart() {
    LOG.atInfo()
        .addKeyValue("interface", config.name())
        .addKeyValue("addresses", addresses)
        .addKeyValue("mtu", config.mtu())
        .addKeyValue("offload", descriptors.getFirst().offload())
        .log("the TUN device is up");
  }

  @Override
  public Optional<Rehearsal> rehearsal(Shard shard) {
    var current = ports;
    return current.isEmpty() || detached
        ? Optional.empty()
        : Optional.of(
            new TunRehearsal(
                TunErrors.loaded(), current.getFirst().offload(), config.mtu(), shard));
  }

  @Override
  public void stop() throws InterruptedException {
    if (detached) {
      return;
    }
    for (var port : ports) {
      onShard(port.shard(), port::detach);
    }
    detached = true;
  }

  @Override
  public void close() {
    if (!detached) {
      detached = detachWithin(CLOSE_SECONDS);
    }
    var socket = netlink;
    if (socket != null) {
      socket.close();
    }
    if (!detached) {
      // A descriptor that is still being read must not be closed: its number may be reused.
      LOG.atError()
          .addKeyValue("interface", config.name())
          .log("the event loop did not let go of the TUN device; it stays until the process ends");
      return;
    }
    ports.forEach(Port::close);
    descriptors.forEach(TunDescriptor::close);
    descriptors.clear();
  }

  private boolean detachWithin(long seconds) {
    try {
      for (var port : ports) {
        if (port.shard().isCurrent()) {
          port.detach();
        } else {
          var done = new CompletableFuture<@Nullable Void>();
          port.shard().execute(() -> run(port::detach, done));
          done.get(seconds, TimeUnit.SECONDS);
        }
      }
      return true;
    } catch (TimeoutException | ExecutionException e) {
      LOG.atDebug().setCause(e).log("the TUN device could not be detached from its event loop");
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void onShard(Shard shard, Runnable task) throws InterruptedException {
    if (shard.isCurrent()) {
      task.run();
      return;
    }
    var done = new CompletableFuture<@Nullable Void>();
    shard.execute(() -> run(task, done));
    try {
      done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("CatchingUnchecked") // whatever it is, the waiting thread gets it
  private static void run(Runnable task, CompletableFuture<@Nullable Void> done) {
    try {
      task.run();
      done.complete(null);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public int mtu() {
    return config.mtu();
  }

  @Override
  public TunnelAddresses addresses() {
    return TunnelAddresses.of(addresses.stream().map(InterfaceAddress::address).toList());
  }

  @Override
  public List<Cidr> networks() {
    return addresses.stream().map(InterfaceAddress::network).toList();
  }

  @Override
  public Health health() {
    if (ports.isEmpty()) {
      return Health.failing("The interface " + config.name() + " is not open.");
    }
    var link = link();
    if (state.errno() != 0 || (link != null && link.errno() == Errno.ENODEV)) {
      return Health.failing(
          "The interface "
              + config.name()
              + " is gone, because someone deleted it; restart the gateway to create it again.");
    }
    if (link != null && link.errno() == 0 && !link.link().up()) {
      return Health.failing(
          "The interface "
              + config.name()
              + " is down; 'ip link set "
              + config.name()
              + " up' brings it back.");
    }
    if (link != null && link.errno() == 0 && link.link().mtu() > config.mtu()) {
      return Health.failing(
          "The MTU of "
              + config.name()
              + " was raised to "
              + link.link().mtu()
              + "; 'ip link set "
              + config.name()
              + " mtu "
              + config.mtu()
              + "' sets it right.");
    }
    return Health.ok();
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("interface", config.name());
    status.put("mtu", config.mtu());
    status.put("addresses", addresses.stream().map(InterfaceAddress::toString).toList());
    var current = ports;
    if (current.isEmpty()) {
      return status;
    }
    status.put("offload", current.getFirst().offload().toString());
    status.put(
        "merging",
        current.stream().allMatch(Port::mergesUdp)
            ? "tcp udp"
            : current.stream().allMatch(Port::mergesTcp) ? "tcp" : "none");
    status.put("queues", config.multiQueue() ? current.size() : 1);
    status.put("packets-read", sum(current, Traffic.READ_PACKETS));
    status.put("bytes-read", sum(current, Traffic.READ_BYTES));
    status.put("read-calls", sum(current, Traffic.READ_CALLS));
    status.put("packets-written", sum(current, Traffic.WRITTEN_PACKETS));
    status.put("bytes-written", sum(current, Traffic.WRITTEN_BYTES));
    status.put("write-calls", sum(current, Traffic.WRITE_CALLS));
    status.put("pauses", sum(current, Traffic.PAUSES));
    status.put("refused-runs", sum(current, Traffic.REFUSED_RUNS));
    var link = link();
    if (link != null && link.errno() == 0) {
      status.put("kernel-dropped", link.link().transmitDropped());
    }
    status.put(
        "drops", DropCounters.byReason(current.stream().map(port -> port.traffic().drops())));
    return status;
  }

  private static long sum(List<Port> ports, int counter) {
    return ports.stream().mapToLong(port -> port.traffic().of(counter)).sum();
  }

  private @Nullable RouteReply link() {
    var socket = netlink;
    int number = index;
    return socket == null || number == 0
        ? null
        : socket.ask((out, sequence) -> RouteMessages.getLink(out, sequence, number));
  }
}
