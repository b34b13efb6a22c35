package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.event.GatewayEvent.PluginFailed;
import dev.gatehouse.api.spi.Plugin;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices plugins that fail after they have started: a handler of events that throws, a thread that
 * dies, a health that turns bad. Each is logged and published as {@link PluginFailed}; of faults
 * that repeat, the first and then one at every doubling of their number. Safe for any thread.
 */
final class PluginFaults implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PluginFaults.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final TimeSource time;
  private final Events events;
  private final Map<String, AtomicLong> faults = new ConcurrentHashMap<>();
  private final Map<String, String> unwell = new ConcurrentHashMap<>();
  private final Map<ClassLoader, String> loaders = new ConcurrentHashMap<>();
  private volatile @Nullable Thread looking;

  PluginFaults(TimeSource time, Events events) {
    this.time = time;
    this.events = events;
  }

  /** The events as one plugin sees them: what its handlers throw is its fault. */
  Events of(String plugin) {
    return new Events() {
      @Override
      public void publish(GatewayEvent event) {
        events.publish(event);
      }

      @Override
      public <E extends GatewayEvent> Subscription subscribe(
          Class<E> type, Consumer<? super E> handler) {
        return events.subscribe(
            type,
            event -> {
              try {
                handler.accept(event);
              } catch (RuntimeException | Error e) {
                report(plugin, "while it handled " + event.getClass().getSimpleName(), e);
              }
            });
      }
    };
  }

  /**
   * Tells that a plugin failed.
   *
   * @param when completes "it failed "
   */
  void report(String plugin, String when, Throwable problem) {
    long count = faults.computeIfAbsent(plugin, _ -> new AtomicLong()).incrementAndGet();
    if (Long.bitCount(count) != 1) {
      return;
    }
    LOG.atError()
        .setCause(problem)
        .addKeyValue("plugin", plugin)
        .addKeyValue("when", when)
        .addKeyValue("faults", count)
        .log("plugin failed while running");
    events.publish(
        new PluginFailed(
            time.now(),
            plugin,
            "It failed "
                + when
                + " ("
                + problem.getClass().getSimpleName()
                + "); this is a fault of the plugin."));
  }

  /** Remembers whose threads have this context class loader. */
  void know(String plugin, ClassLoader loader) {
    if (!loader.equals(ClassLoader.getSystemClassLoader())) {
      loaders.put(loader, plugin);
    }
  }

  /** Tells that a thread has died of what it threw; a plugin's by its context class loader. */
  void threadDied(Thread thread, Throwable problem) {
    var loader = thread.getContextClassLoader();
    var plugin = loader == null ? null : loaders.get(loader);
    if (plugin != null) {
      report(plugin, "on its thread " + thread.getName(), problem);
    } else {
      LOG.atError().setCause(problem).addKeyValue("thread", thread.getName()).log("a thread died");
    }
  }

  /** Asks every plugin how it is, and tells who is not well any more and who is again. */
  void look(Map<String, Plugin> plugins) {
    plugins.forEach((name, plugin) -> {
      var problem = problem(plugin);
      if (problem.isPresent() && unwell.putIfAbsent(name, problem.get()) == null) {
        LOG.atInfo() // the plugin itself says more, and how grave it is
            .addKeyValue("plugin", name)
            .addKeyValue("problem", problem.get())
            .log("plugin is not well");
        events.publish(new PluginFailed(time.now(), name, problem.get()));
      } else if (problem.isEmpty() && unwell.remove(name) != null) {
        LOG.atInfo().addKeyValue("plugin", name).log("plugin is well again");
      }
    });
  }

  private static Optional<String> problem(Plugin plugin) {
    try {
      return plugin.health().problem();
    } catch (RuntimeException | Error e) {
      return Optional.of("It cannot tell how it is (" + e.getClass().getSimpleName() + ").");
    }
  }

  /** Looks every few seconds from now on. */
  void watch(Map<String, Plugin> plugins) {
    looking =
        Thread.ofVirtual()
            .name("gatehouse-health")
            .start(() -> {
              try {
                while (true) {
                  Thread.sleep(PERIOD);
                  look(plugins);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** Stops looking; waits a moment for a plugin that is being asked. */
  @Override
  public void close() {
    var thread = looking;
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(PERIOD);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
