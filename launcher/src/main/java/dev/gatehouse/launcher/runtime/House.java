package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent.ConfigurationChanged;
import dev.gatehouse.api.event.GatewayEvent.PluginFailed;
import dev.gatehouse.api.event.GatewayEvent.PluginStarted;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Reloaded;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.launcher.config.TimeSpans;
import dev.gatehouse.launcher.runtime.Plan.SelectedPlugin;
import dev.gatehouse.launcher.shard.BusEvents;
import dev.gatehouse.launcher.shard.BusScope;
import dev.gatehouse.launcher.shard.EventLoopShard;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One gateway while it exists: carries out a plan and undoes it. Used by one thread at a time;
 * opening either succeeds as a whole or leaves nothing open.
 */
public final class House {

  private static final Logger LOG = LoggerFactory.getLogger(House.class);

  private static final String REHEARSAL = "rehearsal";

  private static final Duration LONGEST_DRAIN = Duration.ofDays(1);

  private record Running(SelectedPlugin selected, Plugin plugin) {
    String name() {
      return selected.id().value();
    }

    ClassLoader loader() {
      var own = plugin.getClass().getClassLoader();
      return own == null ? ClassLoader.getSystemClassLoader() : own;
    }
  }

  private final Plan plan;
  private final TimeSource time;
  private final Map<String, String> currently;
  private final Map<String, String> about;
  private final Closers opened = new Closers();
  private final Services services = new Services();
  private final List<Running> created = new ArrayList<>();
  private final List<Running> started = new ArrayList<>();
  private final Vertx vertx;
  private final Events events;
  private final PluginFaults faults;
  private final List<EventLoopShard> shards = new ArrayList<>();
  private final BusScope scope;
  private @Nullable Rehearsing rehearsing;
  private final Path stateDirectory;

  private House(Plan plan, TimeSource time, Optional<Vertx> given) {
    this.plan = plan;
    this.time = time;
    this.currently = about(time);
    this.about = Collections.unmodifiableMap(currently);
    try {
      var directory = StateDirectory.open(plan.core().stateDirectory());
      opened.push("state directory", directory::close);
      stateDirectory = directory.path();
      vertx = given.orElseGet(this::ownVertx);
      scope = BusScope.open(vertx);
      opened.push("event bus", scope::close);
      var subscriptions = new HouseEvents(new BusEvents(scope));
      opened.push("events", subscriptions::close);
      events = subscriptions;
      faults = new PluginFaults(time, events);
      for (int i = 0; i < plan.core().shards().count(); i++) {
        var shard = EventLoopShard.open(scope, i, plan.core().shards().settings());
        opened.push("shard " + i, shard::close);
        shards.add(shard);
      }
    } catch (RuntimeException | Error e) {
      opened.closeAll();
      throw e;
    }
  }

  /**
   * Opens a gateway: creates all plugins of the plan, then starts them.
   *
   * @param given a Vert.x to use and not to close
   * @param listeners called with the events before the first plugin exists
   * @throws GatehouseException if anything fails; nothing stays open
   * @throws InterruptedException if the caller was interrupted; nothing stays open
   */
  public static House open(
      Plan plan, TimeSource time, Optional<Vertx> given, Consumer<Events> listeners)
      throws InterruptedException {
    return open(plan, time, given, Optional.empty(), listeners);
  }

  /**
   * Opens a gateway that can follow a new configuration.
   *
   * @param origins where that comes from; empty if it comes from nowhere
   */
  public static House open(
      Plan plan,
      TimeSource time,
      Optional<Vertx> given,
      Optional<Origins> origins,
      Consumer<Events> listeners)
      throws InterruptedException {
    var house = entered(plan, time, given);
    try {
      listeners.accept(house.events);
      house.create();
      house.start();
      house.watch();
      origins.ifPresent(house::follow);
      house.rehearse();
      return house;
    } catch (RuntimeException | InterruptedException | Error e) {
      house.close();
      throw e;
    }
  }

  /** What an interrupt broke is reported as an interrupt. */
  private static House entered(Plan plan, TimeSource time, Optional<Vertx> given)
      throws InterruptedException {
    try {
      return new House(plan, time, given);
    } catch (RuntimeException e) {
      if (Thread.interrupted()) {
        var interrupt = new InterruptedException("while opening");
        interrupt.initCause(e);
        throw interrupt;
      }
      throw e;
    }
  }

  /** The plugins as services. */
  public Services services() {
    return services;
  }

  /** The events. */
  public Events events() {
    return events;
  }

  /** The Vert.x. */
  public Vertx vertx() {
    return vertx;
  }

  /** Whether every shard runs a task within the time; waits for at most that long. */
  public boolean answersWithin(Duration limit) {
    var answers = new CountDownLatch(shards.size());
    shards.forEach(shard -> shard.execute(answers::countDown));
    try {
      return answers.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Lets every service take on nothing new and waits until what is under way has ended, or the
   * services' own bounds have passed.
   *
   * @throws InterruptedException if the caller was interrupted
   */
  public void drain() throws InterruptedException {
    for (var running : List.copyOf(started)) {
      if (running.plugin instanceof Service service) {
        try {
          Supervised.run(
              running.name() + "-drain", running.loader(), LONGEST_DRAIN, service::drain);
        } catch (TimeoutException | Supervised.StepFailed e) {
          LOG.atWarn()
              .setCause(e)
              .addKeyValue("plugin", running.name())
              .log("plugin failed while draining");
        }
      }
    }
  }

  /** The state directory. */
  public Path stateDirectory() {
    return stateDirectory;
  }

  /** Facts about the program. */
  public Map<String, String> about() {
    return about;
  }

  /** Stops what was started and closes what was opened, newest first. */
  public void close() {
    boolean interrupted = Thread.interrupted(); // closing is not to be cut short
    faults.close();
    var rehearsal = rehearsing;
    if (rehearsal != null) {
      rehearsal.close();
    }
    for (var running : started.reversed()) {
      quietly(running, "stop", () -> running.plugin.stop());
    }
    started.clear();
    for (var running : created.reversed()) {
      quietly(running, "close", () -> running.plugin.close());
    }
    created.clear();
    opened.closeAll();
    plan.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void create() throws InterruptedException {
    for (var selected : plan.selected()) {
      var made = new AtomicReference<@Nullable Plugin>();
      var loader = selected.plugin().provider().orElseThrow().getClass().getClassLoader();
      try {
        supervise(
            selected,
            "create",
            loader == null ? ClassLoader.getSystemClassLoader() : loader,
            () -> made.set(PluginFactory.create(selected, context(selected.id()))));
      } finally {
        var plugin = made.get(); // may exist although nobody waited for it
        if (plugin != null) {
          var running = new Running(selected, plugin);
          created.add(running);
          faults.know(running.name(), running.loader());
          services.add(selected.id(), plugin);
        }
      }
    }
    services.complete();
  }

  private void start() throws InterruptedException {
    for (var running : created) {
      started.add(running); // also what failed half-way is stopped
      LOG.atDebug().addKeyValue("plugin", running.name()).log("starting plugin");
      long before = time.nanoTime();
      try {
        supervise(running.selected, "start", running.loader(), () -> running.plugin.start());
      } catch (GatehouseException e) {
        started.removeLast();
        events.publish(
            new PluginFailed(time.now(), running.name(), String.valueOf(e.getMessage())));
        throw e;
      } catch (InterruptedException e) {
        started.removeLast();
        throw e;
      }
      LOG.atInfo()
          .addKeyValue("plugin", running.name())
          .addKeyValue("kind", running.selected.kind().label())
          .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(time.nanoTime() - before))
          .log("plugin started");
      events.publish(new PluginStarted(time.now(), running.name()));
    }
  }

  /** Looks after the plugins' health from now on. */
  private void watch() {
    var plugins = new LinkedHashMap<String, Plugin>();
    started.forEach(running -> plugins.put(running.name(), running.plugin));
    faults.watch(plugins);
  }

  /**
   * Tells that a thread has died of what it threw. The plugin it belongs to is known by its context
   * class loader, which threads inherit from the one a plugin was started on.
   */
  public void threadDied(Thread thread, Throwable problem) {
    faults.threadDied(thread, problem);
  }

  /** Begins to make the packet path fast; returns at once. */
  private void rehearse() {
    if (!plan.core().shards().rehearse() || !services.isGateway()) {
      return;
    }
    var plugins = new LinkedHashMap<String, Plugin>();
    started.forEach(running -> plugins.put(running.name(), running.plugin));
    rehearsing = Rehearsing.begin(scope, plugins, shards, state -> currently.put(REHEARSAL, state));
  }

  /**
   * Runs an action when the packet path has been made fast, or is not to be; at once if that is so
   * already. On any thread.
   */
  public void whenRehearsed(Runnable action) {
    var rehearsal = rehearsing;
    if (rehearsal == null) {
      action.run();
    } else {
      rehearsal.whenOver(action);
    }
  }

  /**
   * Reads the configuration again and lets what can change while running take effect.
   *
   * @param origin who asks, for log and events
   * @throws GatehouseException if the configuration is not sound or a plugin cannot follow it;
   *     nothing has changed then
   * @throws InterruptedException if the caller was interrupted
   */
  public Reloaded reload(String origin) throws InterruptedException {
    return services.reload(origin);
  }

  /** From now on the configuration can be read again. */
  private void follow(Origins origins) {
    var reloading = new Reloading(origins, plan.source());
    var followers =
        created.stream()
            .map(running -> new Reloading.Follower(running.selected, running.plugin))
            .toList();
    services.facts(origins.facts());
    services.reloader(origin -> {
      try {
        var done = reloading.reload(followers, this::prepare);
        LOG.atInfo()
            .addKeyValue("origin", origin)
            .addKeyValue("changed", done.changed())
            .addKeyValue("after-restart", done.afterRestart())
            .log("configuration read again");
        events.publish(
            new ConfigurationChanged(time.now(), origin, done.changed(), done.afterRestart()));
        return done;
      } catch (GatehouseException e) {
        LOG.atError()
            .addKeyValue("origin", origin)
            .addKeyValue("problem", e.getMessage())
            .log("configuration not changed");
        throw e;
      }
    });
  }

  private Runnable prepare(Reloading.Follower follower, Record config) throws InterruptedException {
    var made = new AtomicReference<@Nullable Runnable>();
    var loader = follower.plugin().getClass().getClassLoader();
    supervise(
        follower.selected(),
        "reconfigure",
        loader == null ? ClassLoader.getSystemClassLoader() : loader,
        () -> made.set(follower.plugin().reconfigure(config)));
    var change = made.get();
    return change == null ? () -> {} : change;
  }

  private void supervise(
      SelectedPlugin selected, String verb, ClassLoader loader, Supervised.Step step)
      throws InterruptedException {
    var name = selected.id().value();
    var limit = plan.core().startTimeout();
    try {
      Supervised.run(name + "-" + verb, loader, limit, step);
    } catch (TimeoutException e) {
      throw new GatehouseException(
          StandardErrorCode.PLUGIN_TIMEOUT,
          "Plugin '" + name + "' did not " + verb + " within " + TimeSpans.format(limit) + ".",
          "Look at what it logged, or raise start-timeout.",
          e);
    } catch (Supervised.StepFailed e) {
      throw switch (e.thrown()) {
        case GatehouseException problem -> problem;
        case InterruptedException problem ->
            new GatehouseException(
                StandardErrorCode.PLUGIN_TIMEOUT,
                "Plugin '" + name + "' gave up while it was to " + verb + ".",
                "Look at what it logged.",
                problem);
        case Throwable problem ->
            new GatehouseException(
                StandardErrorCode.PLUGIN_BROKEN,
                "Plugin '" + name + "' failed to " + verb + " (" + brief(problem) + ").",
                "This is a fault of the plugin; details are in the log at DEBUG.",
                problem);
      };
    }
  }

  private void quietly(Running running, String verb, Supervised.Step step) {
    Duration limit = plan.core().stopTimeout();
    try {
      Supervised.run(running.name() + "-" + verb, running.loader(), limit, step);
      LOG.atDebug().addKeyValue("plugin", running.name()).log("plugin: {} done", verb);
    } catch (TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("plugin", running.name())
          .addKeyValue("step", verb)
          .addKeyValue("limit", TimeSpans.format(limit))
          .log("plugin did not end in time and is left behind");
    } catch (Supervised.StepFailed e) {
      LOG.atWarn()
          .setCause(e.thrown())
          .addKeyValue("plugin", running.name())
          .addKeyValue("step", verb)
          .log("plugin failed while ending");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HouseContext context(PluginId id) {
    return new HouseContext(
        id,
        time,
        new SecureRandom(),
        vertx,
        faults.of(id.value()),
        List.copyOf(shards),
        stateDirectory,
        services,
        about);
  }

  private Vertx ownVertx() {
    var own = VertxSetup.open(plan.core().shards().count());
    opened.push(
        "Vert.x",
        () -> own.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS));
    return own;
  }

  private static String brief(Throwable problem) {
    var message = problem.getMessage();
    return problem.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static Map<String, String> about(TimeSource time) {
    var build = BuildInfo.read();
    var about = new LinkedHashMap<String, String>();
    about.put("version", build.version());
    about.put("revision", build.revision());
    about.put("started-at", time.now().toString());
    about.put("java", BuildInfo.java());
    about.put("system", BuildInfo.system());
    about.putAll(StartProfile.facts());
    // Present from the beginning, so that nobody who goes through it is disturbed by a change.
    about.put(REHEARSAL, "off");
    return Collections.synchronizedMap(about);
  }
}
