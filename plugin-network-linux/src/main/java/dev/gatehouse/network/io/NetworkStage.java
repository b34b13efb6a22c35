package dev.gatehouse.network.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.network.NetworkConfig;
import dev.gatehouse.network.core.RuleSet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the network up at the start, looks after it while the gateway runs, and puts everything back
 * at the stop. Works on the network namespace of the process.
 */
public final class NetworkStage implements Plugin {

  private static final Logger log = LoggerFactory.getLogger(NetworkStage.class);
  private static final Duration LOOK = Duration.ofSeconds(30);

  private final NetworkConfig config;
  private final PluginContext context;
  private final Parameters parameters;
  private final Programs programs;
  private final ExecutorService looking;
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile @Nullable NetworkSetup setup;
  private volatile @Nullable String trouble;
  private final AtomicLong repairs = new AtomicLong();
  private Shard.@Nullable Watch watch;

  /** The stage, not started. */
  public NetworkStage(NetworkConfig config, PluginContext context) {
    this(config, context, new Parameters(Path.of("/proc/sys")), new Programs());
  }

  NetworkStage(
      NetworkConfig config, PluginContext context, Parameters parameters, Programs programs) {
    this.config = config;
    this.context = context;
    this.parameters = parameters;
    this.programs = programs;
    // Programs are started by a thread of the process's own, never by an event loop.
    looking = Executors.newSingleThreadExecutor(Thread.ofPlatform().name("network").factory());
  }

  @Override
  public void start() throws InterruptedException {
    var tun = context.tun();
    var rules = new RuleSet(tun.name(), tun.networks(), tun.mtu(), config.masquerade());
    var made =
        new NetworkSetup(rules, parameters, programs, new BeforeFile(context.stateDirectory()));
    if (!config.setup()) {
      made.undo();
      log.atInfo()
          .addKeyValue("missing", made.missing())
          .log("the network is not set up, because the configuration says so");
      return;
    }
    try {
      made.apply();
    } catch (GatehouseException e) {
      made.undo();
      throw e;
    }
    setup = made;
    watch = context.shards().getFirst().every(LOOK, this::ask);
    log.atInfo()
        .addKeyValue("interface", rules.device())
        .addKeyValue("filter", made.firewall())
        .addKeyValue("masquerade", config.masquerade())
        .addKeyValue("changed", made.changed())
        .log("the network is set up");
  }

  private void ask() {
    if (!looking.isShutdown() && asked.compareAndSet(false, true)) {
      looking.execute(() -> {
        asked.set(false);
        look();
      });
    }
  }

  /** Puts back what others have taken away, as a reloaded firewall does. */
  void look() {
    var current = setup;
    if (current == null) {
      return;
    }
    try {
      var repaired = current.repair();
      trouble = null;
      if (!repaired.isEmpty()) {
        repairs.incrementAndGet();
        log.atInfo()
            .addKeyValue("what", repaired)
            .log("network settings were changed by someone else, and are as needed again");
      }
    } catch (GatehouseException e) {
      if (trouble == null) {
        log.atWarn().addKeyValue("reason", e.getMessage()).log("the network set-up is damaged");
      }
      trouble = e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stop() throws InterruptedException {
    if (watch != null) {
      watch.close();
      watch = null;
    }
    looking.shutdown();
    looking.awaitTermination(LOOK.toSeconds(), TimeUnit.SECONDS);
    var made = setup;
    setup = null;
    if (made != null) {
      made.undo();
    }
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }

  @Override
  public Health health() {
    var problem = trouble;
    return problem == null ? Health.ok() : Health.failing(problem);
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var made = setup;
    status.put("setup", made != null);
    status.put("ipv4-forwarding", made == null ? isOn(Parameters.FORWARD_V4) : made.forwards(true));
    status.put(
        "ipv6-forwarding", made == null ? isOn(Parameters.FORWARD_V6) : made.forwards(false));
    if (made != null) {
      status.put("filter", made.firewall());
      status.put("masquerade", config.masquerade() && !made.firewall().equals("none"));
      status.put("repairs", repairs.get());
    }
    return status;
  }

  private boolean isOn(String path) {
    return parameters.read(path).filter(value -> !value.equals("0")).isPresent();
  }
}
