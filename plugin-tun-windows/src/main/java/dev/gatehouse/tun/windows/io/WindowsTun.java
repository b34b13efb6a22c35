package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TUN device of Windows. One thread reads the ring for the first shard, every shard writes. A
 * corrupt ring is replaced by a new session; while that happens nobody writes.
 *
 * <p>What is proven: everything here, against stand-ins for the libraries. What is not: that the
 * libraries of a real Windows behave as their documentation says.
 */
public final class WindowsTun implements TunDevice {

  private static final Logger LOG = LoggerFactory.getLogger(WindowsTun.class);
  private static final long CLOSE_MILLIS = 5000;
  private static final long REBUILD_NANOS = 1_000_000_000L;

  private final WindowsTunConfig config;
  private final PluginContext context;
  private final Supplier<WindowsApi> libraries;
  private final Traffic readTraffic = new Traffic();
  private volatile List<InterfaceAddress> addresses;
  private volatile List<Port> ports = List.of();
  private volatile boolean stopping;
  private volatile boolean gone;
  private volatile int driverVersion;
  private @Nullable WindowsApi api;
  private @Nullable Adapter adapter;
  private @Nullable Handover handover;
  private @Nullable Thread reader;
  private volatile long session;

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
    api = loaded;
    var opened = Adapter.open(loaded, config.name());
    adapter = opened;
    addresses = opened.configure(config);
    driverVersion = loaded.wintun().WintunGetRunningDriverVersion();
    session = opened.startSession(config.ringCapacity());
    var shards = context.shards();
    ports = shards.stream().map(shard -> new Port(loaded, shard)).toList();
    for (var port : ports) {
      port.attach(session);
    }
    var carrier = new Handover(shards.getFirst());
    handover = carrier;
    var ring = new RingReader(loaded, carrier, readTraffic, config.mtu(), () -> stopping);
    reader =
        Thread.ofPlatform()
            .name("gatehouse-tun-" + config.name())
            .start(() -> read(ring, loaded, opened));
    LOG.atInfo()
        .addKeyValue("interface", config.name())
        .addKeyValue("addresses", addresses)
        .addKeyValue("mtu", config.mtu())
        .addKeyValue("driver", version())
        .log("the TUN device is up");
  }

  private void read(RingReader ring, WindowsApi loaded, Adapter opened) {
    long rebuilt = context.time().nanoTime() - REBUILD_NANOS;
    while (true) {
      var end = ring.read(session);
      if (end == RingReader.End.STOPPED || stopping) {
        return;
      }
      long now = context.time().nanoTime();
      boolean again = end == RingReader.End.CORRUPT && now - rebuilt >= REBUILD_NANOS;
      if (!again || !rebuild(loaded, opened)) {
        gone = true;
        LOG.atError()
            .addKeyValue("interface", config.name())
            .addKeyValue("reason", end)
            .log("the TUN device is lost; restart the gateway to open it again");
        return;
      }
      rebuilt = now;
      readTraffic.add(Traffic.REBUILDS, 1);
    }
  }

  /** Replaces the session; the reader's thread only. */
  private boolean rebuild(WindowsApi loaded, Adapter opened) {
    try {
      for (var port : ports) {
        port.session(0);
      }
      loaded.wintun().WintunEndSession(session);
      session = 0;
      session = opened.startSession(config.ringCapacity());
      for (var port : ports) {
        port.session(session);
      }
      LOG.atWarn()
          .addKeyValue("interface", config.name())
          .log("the driver's ring was corrupt and has been replaced");
      return true;
    } catch (GatehouseException e) {
      LOG.atError().log(e.getMessage());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void stop() throws InterruptedException {
    stopping = true;
    wake();
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

  /** The reader waits a quarter of a second at most; this is to be quicker. */
  private void wake() {
    var loaded = api;
    long current = session;
    if (loaded != null && current != 0) {
      loaded.kernel().SetEvent(loaded.wintun().WintunGetReadWaitEvent(current));
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
    var loaded = api;
    if (loaded != null && session != 0) {
      loaded.wintun().WintunEndSession(session);
      session = 0;
    }
    var opened = adapter;
    if (opened != null) {
      opened.close();
      adapter = null;
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
      return stopper.join(java.time.Duration.ofMillis(CLOSE_MILLIS));
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
    if (ports.isEmpty()) {
      return Health.failing("The adapter " + config.name() + " is not open.");
    }
    return gone
        ? Health.failing(
            "The adapter " + config.name() + " is lost; restart the gateway to open it again.")
        : Health.ok();
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("interface", config.name());
    status.put("mtu", config.mtu());
    status.put("addresses", addresses.stream().map(InterfaceAddress::toString).toList());
    status.put("offload", "none");
    status.put("proven", "against stand-ins for the libraries; not yet run on Windows");
    if (ports.isEmpty()) {
      return status;
    }
    status.put("driver", version());
    status.put("ring-capacity", config.ringCapacity());
    status.put("packets-read", sum(Traffic.READ_PACKETS));
    status.put("bytes-read", sum(Traffic.READ_BYTES));
    status.put("packets-written", sum(Traffic.WRITTEN_PACKETS));
    status.put("bytes-written", sum(Traffic.WRITTEN_BYTES));
    status.put("pauses", sum(Traffic.PAUSES));
    status.put("ring-full", sum(Traffic.RING_FULL));
    status.put("lost-wake-ups", sum(Traffic.LOST_WAKE_UPS));
    status.put("rebuilds", sum(Traffic.REBUILDS));
    var drops = new LinkedHashMap<String, Long>();
    for (var reason : DropReason.values()) {
      long count = traffics().mapToLong(traffic -> traffic.drops().of(reason)).sum();
      if (count > 0) {
        drops.put(reason.label(), count);
      }
    }
    status.put("drops", drops);
    return status;
  }

  private String version() {
    return (driverVersion >>> 16) + "." + (driverVersion & 0xffff);
  }

  private long sum(int counter) {
    return traffics().mapToLong(traffic -> traffic.of(counter)).sum();
  }

  private Stream<Traffic> traffics() {
    return Stream.concat(Stream.of(readTraffic), ports.stream().map(Port::traffic));
  }
}
