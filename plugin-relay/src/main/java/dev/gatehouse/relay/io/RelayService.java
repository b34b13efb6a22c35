package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.relay.RelayConfig;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.turn.PeerPolicy;
import dev.gatehouse.relay.core.turn.TurnGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The relay: a STUN and TURN server on the event loops of its house. */
public final class RelayService implements Service {

  private static final Logger LOG = LoggerFactory.getLogger(RelayService.class);
  private static final long LOOP_SECONDS = 5;
  private static final Duration LOOK_AT_ADDRESSES = Duration.ofSeconds(30);

  private final RelayConfig config;
  private final PluginContext context;
  private final List<UdpSocket> listeners = new ArrayList<>();
  private final RelayReport report;
  private volatile @Nullable RelayHouse house;
  private volatile @Nullable RelayAddresses addresses;
  private @Nullable StreamListeners streams;
  private @Nullable RelayMonitor monitor;
  private long addressTimer = -1;
  private volatile boolean listening;
  private volatile boolean draining;
  private boolean stopped;

  /** Creates the relay; nothing is opened. */
  public RelayService(RelayConfig config, PluginContext context) {
    this.config = config;
    this.context = context;
    this.report = new RelayReport(context, this);
  }

  @Override
  public void start() throws InterruptedException {
    var libc = library();
    var known = RelayAddresses.of(config);
    addresses = known;
    var settings =
        RelaySettings.of(config, RelayFiles.realms(config.access()), known, context.about());
    var group = new TurnGroup(settings, policy(known.own()), context.random());
    var opened =
        new RelayHouse(
            libc,
            config,
            group,
            context.random(),
            context.time(),
            known.boundV4(),
            known.boundV6());
    house = opened;
    for (var shard : context.shards()) {
      opened.add(new RelayLoop(opened, shard, shard.index()));
    }
    for (var loop : opened.loops()) {
      var sockets = sockets(libc, opened.loops().size() > 1, loop.number());
      onLoop(loop, () -> loop.open(sockets));
    }
    var tcp = new StreamListeners(context.vertx(), opened);
    streams = tcp;
    tcp.open();
    var endpoint = config.monitor();
    if (endpoint.isPresent()) {
      var watching = new RelayMonitor(context.vertx(), report);
      monitor = watching;
      watching.listen(endpoint.get());
    }
    addressTimer =
        context.vertx().setPeriodic(LOOK_AT_ADDRESSES.toMillis(), _ -> lookAtAddresses());
    listening = true;
    LOG.atInfo()
        .addKeyValue("listening", listening())
        .addKeyValue("public-addresses", publicAddresses())
        .addKeyValue("ports", settings.lowestPort() + "-" + settings.highestPort())
        .addKeyValue("realms", settings.realms().stream().map(realm -> realm.name()).toList())
        .log("relay listening");
    OpenFiles.tell(LOG, config);
  }

  private static LibC library() {
    try {
      return CLibrary.load();
    } catch (LinkageError e) {
      throw new GatehouseException(
          StandardErrorCode.PLUGIN_UNSUPPORTED,
          "The relay cannot call the C library of this machine.",
          "Check that the temporary directory allows to run files from it, and that the plugin"
              + " directory is complete.",
          e);
    }
  }

  private PeerPolicy policy(List<IpAddress> own) {
    var peers = config.peers();
    return new PeerPolicy(
        peers.privatePeers(), peers.localPeers(), peers.allowed(), peers.denied(), own);
  }

  /** Addresses this machine gets later are protected, too. */
  private void lookAtAddresses() {
    var running = house;
    var known = addresses;
    if (running == null || known == null) {
      return;
    }
    context
        .vertx()
        .executeBlocking(RelayAddresses::ofThisMachine)
        .onSuccess(own -> {
          if (!new LinkedHashSet<>(own).equals(new LinkedHashSet<>(known.own()))) {
            addresses =
                new RelayAddresses(
                    known.visibleV4(), known.visibleV6(), known.boundV4(), known.boundV6(), own);
            var policy = policy(own);
            running.loops().forEach(loop -> loop.usePolicy(policy));
          }
        })
        .onFailure(e -> LOG.atDebug().setCause(e).log("own addresses could not be read"));
  }

  /**
   * One socket per place and loop; whether the place is free is found out by one that shares it.
   */
  private List<UdpSocket> sockets(LibC libc, boolean shared, int loop) {
    var sockets = new ArrayList<UdpSocket>();
    for (int i = 0; i < config.listening().plain().size(); i++) {
      var endpoint = config.listening().plain().get(i);
      try {
        if (shared && loop == 0) {
          UdpSocket.open(libc, endpoint, options(endpoint, false), i).close();
        }
        var socket = UdpSocket.open(libc, endpoint, options(endpoint, shared), i);
        listeners.add(socket);
        sockets.add(socket);
      } catch (UdpErrors.OpeningFailed e) {
        if (!config.listening().optionalIpv6() || endpoint.address().isV4() || !e.isAbsence()) {
          throw e;
        }
        LOG.atDebug().addKeyValue("reason", e.problem()).log("going on without IPv6");
      }
    }
    return sockets;
  }

  private UdpSocket.Options options(Endpoint endpoint, boolean shared) {
    return new UdpSocket.Options(
        config.buffers().receive(),
        config.buffers().send(),
        config.buffers().offload(),
        endpoint.address().isUnspecified(),
        shared,
        "listen in [relay]");
  }

  private static void onLoop(RelayLoop loop, Runnable action) throws InterruptedException {
    var done = new CompletableFuture<Boolean>();
    loop.shard()
        .execute(() -> {
          try {
            action.run();
            done.complete(true);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    try {
      done.get(LOOP_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnsupportedOperationException cause) {
        throw new GatehouseException(
            StandardErrorCode.PLUGIN_UNSUPPORTED,
            "The relay cannot watch its sockets.",
            String.valueOf(cause.getMessage()),
            cause);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("event loop " + loop.number() + " does not answer", e);
    }
  }

  @Override
  public void drain() throws InterruptedException {
    var running = house;
    draining = true;
    if (running == null) {
      return;
    }
    running.group().drain();
    long end = context.time().nanoTime() + config.times().drain().toNanos();
    LOG.atInfo()
        .addKeyValue("allocations", running.group().allocations())
        .addKeyValue("seconds", config.times().drain().toSeconds())
        .log("draining: no new allocations");
    while (running.group().allocations() > 0 && context.time().nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    LOG.atInfo().addKeyValue("allocations", running.group().allocations()).log("drained");
  }

  @Override
  public void stop() throws InterruptedException {
    listening = false;
    var running = house;
    if (running == null || stopped) {
      return;
    }
    stopped = true;
    if (addressTimer >= 0) {
      context.vertx().cancelTimer(addressTimer);
    }
    if (monitor != null) {
      monitor.close();
    }
    if (streams != null) {
      streams.close();
    }
    for (var loop : running.loops()) {
      onLoop(loop, loop::close);
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("the relay did not stop in order");
    }
    listeners.forEach(UdpSocket::close);
    var running = house;
    if (running != null) {
      running.loops().forEach(RelayLoop::free);
    }
  }

  @Override
  public List<String> listening() {
    var places = new LinkedHashSet<String>();
    listeners.forEach(socket -> places.add("udp " + socket.local()));
    if (streams != null) {
      places.addAll(streams.listening());
    }
    return List.copyOf(places);
  }

  /** Where relayed addresses are, as peers see them. */
  List<String> publicAddresses() {
    var known = addresses;
    var list = new ArrayList<String>();
    if (known != null && known.visibleV4() != null) {
      list.add(known.visibleV4().toString());
    }
    if (known != null && known.visibleV6() != null) {
      list.add(known.visibleV6().toString());
    }
    return list;
  }

  @Override
  public Health health() {
    if (!listening) {
      return Health.failing("The relay does not listen.");
    }
    return draining
        ? Health.failing("The relay is draining and takes no new allocations.")
        : Health.ok();
  }

  @Override
  public Map<String, Object> status() {
    return report.status();
  }

  /** What its loops share; null before the start. */
  @Nullable RelayHouse house() {
    return house;
  }

  boolean isDraining() {
    return draining;
  }

  List<UdpSocket> sockets() {
    return List.copyOf(listeners);
  }

  /** Where the monitor answers; null if it does not. */
  @Nullable Endpoint monitoring() {
    return monitor == null ? null : monitor.endpoint();
  }

  RelayConfig config() {
    return config;
  }
}
