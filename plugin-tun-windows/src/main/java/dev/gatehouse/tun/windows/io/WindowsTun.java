package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.Recovery;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TUN device of Windows. One thread reads the ring for the first shard, every shard writes. A
 * corrupt ring is replaced by a new session, an adapter that went away by a new one; while that
 * happens what is written is dropped and counted.
 *
 * <p>What is proven: everything here, against stand-ins for the libraries. What is not: that the
 * libraries of a real Windows behave as their documentation says.
 */
public final class WindowsTun implements TunDevice {

  /** What {@code status} says about how far this was tried. */
  static final String PROVEN =
      "with a stand-in for Wintun on Linux, and its structures against the Windows headers; never"
          + " run on Windows";

  private static final Logger LOG = LoggerFactory.getLogger(WindowsTun.class);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final WindowsTunConfig config;
  private final PluginContext context;
  private final Supplier<WindowsApi> libraries;
  private final Traffic readTraffic = new Traffic();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile List<InterfaceAddress> addresses;
  private volatile List<Port> ports = List.of();
  private volatile @Nullable String lost;
  private volatile @Nullable Link link;
  private @Nullable Handover handover;
  private @Nullable Thread reader;

  /**
   * A device that is not open yet.
   *
   * @param libraries loads the libraries when the device starts
   */
  public WindowsTun(
      WindowsTunConfig config, PluginContext context, Supplier<WindowsApi> libraries) {
    this.config = config;
    this.context = context;
    this.libraries = libraries;
    this.addresses = config.addresses();
  }

  @Override
  public void start() throws InterruptedException {
    var loaded = libraries.get();
    var opened = Link.open(loaded, config);
    link = opened;
    addresses = opened.addresses();
    var shards = context.shards();
    ports = shards.stream().map(shard -> new Port(loaded, shard)).toList();
    for (var port : ports) {
      port.attach(opened.session());
    }
    var carrier = new Handover(shards.getFirst());
    handover = carrier;
    var ring =
        new RingReader(
            loaded, carrier, readTraffic, config.mtu(), context.time(), this::isStopping);
    reader =
        Thread.ofPlatform().name("gatehouse-tun-" + config.name()).start(() -> read(ring, opened));
    LOG.atInfo()
        .addKeyValue("interface", config.name())
        .addKeyValue("addresses", addresses)
        .addKeyValue("mtu", config.mtu())
        .addKeyValue("driver", opened.driver())
        .log("the TUN device is up");
  }

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  private void read(RingReader ring, Link opened) {
    var recovery = new Recovery(context.time().nanoTime());
    try {
      while (true) {
        var end = ring.read(opened.session());
        if (end == RingReader.End.STOPPED || isStopping()) {
          return;
        }
        if (!recover(recovery, opened, end == RingReader.End.CORRUPT)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Opens again what broke, however long it takes; false if the device is being stopped. */
  private boolean recover(Recovery recovery, Link opened, boolean corrupt)
      throws InterruptedException {
    lost = corrupt ? "has a corrupt ring" : "went away";
    LOG.atWarn()
        .addKeyValue("interface", config.name())
        .addKeyValue("reason", lost)
        .log("the TUN device is opened again");
    for (var port : ports) {
      port.session(0);
    }
    boolean again = corrupt;
    while (true) {
      var attempt = recovery.next(again, context.time().nanoTime());
      if (stopping.await(attempt.pauseNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      try {
        opened.renew(attempt.means());
        break;
      } catch (GatehouseException e) {
        lost = "cannot be opened again: " + e.problem();
        LOG.atWarn().addKeyValue("interface", config.name()).log(e.problem());
        again = false;
      }
    }
    addresses = opened.addresses();
    for (var port : ports) {
      port.session(opened.session());
    }
    recovery.opened(context.time().nanoTime());
    readTraffic.add(Traffic.REBUILDS, 1);
    lost = null;
    return true;
  }

  @Override
  public void stop() throws InterruptedException {
    stopping.countDown();
    var current = link;
    if (current != null) {
      // The reader waits a quarter of a second at most; this is to be quicker.
      current.wake();
    }
    var thread = reader;
    if (thread != null) {
      thread.join();
      reader = null;
    }
    for (var port : ports) {
      port.detach();
    }
    var carrier = handover;
    if (carrier != null) {
      Port.onShard(context.shards().getFirst(), carrier::clear);
      handover = null;
    }
  }

  @Override
  public void close() {
    if (!stoppedInTime()) {
      // Ending a session that is still in use would take the process down.
      LOG.atError()
          .addKeyValue("interface", config.name())
          .log("the event loop did not let go of the TUN device; it stays until the process ends");
      return;
    }
    var current = link;
    if (current != null) {
      current.close();
      link = null;
    }
  }

  private boolean stoppedInTime() {
    var stopper =
        Thread.ofVirtual()
            .start(() -> {
              try {
                stop();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      return stopper.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
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
    if (link == null) {
      return Health.failing("The adapter " + config.name() + " is not open.");
    }
    var problem = lost;
    return problem == null
        ? Health.ok()
        : Health.failing("The adapter " + config.name() + " " + problem + "; it is tried again.");
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("interface", config.name());
    status.put("mtu", config.mtu());
    status.put("addresses", addresses.stream().map(InterfaceAddress::toString).toList());
    status.put("offload", "none");
    status.put("proven", PROVEN);
    var current = link;
    if (current == null) {
      return status;
    }
    status.put("driver", current.driver());
    status.put("driver-messages", DriverLog.OF_THE_PROCESS.heard());
    status.put("metric", config.metric());
    status.put("routes", config.routes().stream().map(Cidr::toString).toList());
    status.put("ring-capacity", config.ringCapacity());
    status.put("packets-read", sum(Traffic.READ_PACKETS));
    status.put("bytes-read", sum(Traffic.READ_BYTES));
    status.put("packets-written", sum(Traffic.WRITTEN_PACKETS));
    status.put("bytes-written", sum(Traffic.WRITTEN_BYTES));
    status.put("pauses", sum(Traffic.PAUSES));
    status.put("ring-full", sum(Traffic.RING_FULL));
    status.put("waits", sum(Traffic.WAITS));
    status.put("lost-wake-ups", sum(Traffic.LOST_WAKE_UPS));
    status.put("rebuilds", sum(Traffic.REBUILDS));
    status.put("drops", DropCounters.byReason(traffics().map(Traffic::drops)));
    return status;
  }

  private long sum(int counter) {
    return traffics().mapToLong(traffic -> traffic.of(counter)).sum();
  }

  private Stream<Traffic> traffics() {
    return Stream.concat(Stream.of(readTraffic), ports.stream().map(Port::traffic));
  }
}
