package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.Reloaded;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.config.KeyDescription;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.config.Problem;
import dev.gatehouse.launcher.config.Section;
import dev.gatehouse.launcher.runtime.Plan.SelectedPlugin;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a running house follow a configuration that is read again. Everything is checked as for a
 * start; then every plugin gets ready; only when all of them have, the change is made. Safe for any
 * thread.
 */
final class Reloading {

  private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);
  private static final String LOG_SECTION = "log";

  /**
   * A plugin that runs.
   *
   * @param selected what it was made of
   * @param plugin the plugin
   */
  record Follower(SelectedPlugin selected, Plugin plugin) {
    String name() {
      return selected.id().value();
    }

    String section() {
      return Planner.section(selected.kind(), selected.id());
    }

    PluginProvider<?> provider() {
      return selected.plugin().provider().orElseThrow();
    }
  }

  /** Lets a plugin get ready, within a time. */
  @FunctionalInterface
  interface Preparation {
    Runnable prepare(Follower follower, Record config) throws InterruptedException;
  }

  private final Origins origins;
  private final Set<String> passed;
  private ConfigSource current;

  /** Follows from here on, where the given configuration counts. */
  Reloading(Origins origins, ConfigSource current) {
    this.origins = origins;
    this.current = current;
    this.passed = origins.passed();
  }

  /**
   * Reads the configuration again and lets everybody follow it.
   *
   * @throws GatehouseException if that is not possible; nothing has changed then
   */
  synchronized Reloaded reload(List<Follower> followers, Preparation preparation)
      throws InterruptedException {
    var wanted = read();
    var live = liveKeys(followers);
    var changed = new TreeSet<String>();
    var waiting = new TreeSet<String>();
    var effective = merged(wanted, live, changed, waiting);
    var changes = new LinkedHashMap<String, Runnable>();
    for (var follower : followers) {
      changes.put(
          follower.name(), preparation.prepare(follower, configuration(follower, effective)));
    }
    var log = LogConfig.read(effective.section(LOG_SECTION, new ArrayList<>()));
    origins.logging().ifPresent(logging -> changes.put(LOG_SECTION, () -> logging.accept(log)));
    changes.forEach(Reloading::make);
    current = effective;
    return new Reloaded(List.copyOf(changed), List.copyOf(waiting));
  }

  private ConfigSource read() {
    try (var fresh = origins.again().get()) {
      var failure = fresh.failure();
      if (failure.isPresent()) {
        throw failure.get();
      }
      return fresh.source();
    }
  }

  private static void make(String who, Runnable change) {
    try {
      change.run();
    } catch (RuntimeException | Error e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("plugin", who)
          .log("plugin failed to follow the configuration; restart the gateway");
    }
  }

  /** Which keys each section can change while running. */
  private Map<String, Set<String>> liveKeys(List<Follower> followers) {
    var live = new LinkedHashMap<String, Set<String>>();
    if (origins.logging().isPresent()) {
      var section = Section.empty(LOG_SECTION);
      LogConfig.read(section);
      live.put(LOG_SECTION, live(section));
    }
    for (var follower : followers) {
      if (!passed.contains(follower.section())) {
        var section = Section.empty(follower.section());
        follower.provider().configure(section);
        live.put(follower.section(), live(section));
      }
    }
    return live;
  }

  private static Set<String> live(Section section) {
    return section.described().stream()
        .filter(KeyDescription::live)
        .map(KeyDescription::key)
        .collect(Collectors.toSet());
  }

  /** The present configuration with those new values that can take effect now. */
  private ConfigSource merged(
      ConfigSource wanted,
      Map<String, Set<String>> live,
      Set<String> changed,
      Set<String> waiting) {
    var root = new LinkedHashMap<String, Object>(current.root());
    var names = new TreeSet<>(current.root().keySet());
    names.addAll(wanted.root().keySet());
    for (var name : names) {
      var before = current.root().get(name);
      var after = wanted.root().get(name);
      if (before instanceof Map || after instanceof Map) {
        var table = new LinkedHashMap<String, Object>(table(before));
        var values = table(after);
        var keys = new TreeSet<>(table.keySet());
        keys.addAll(values.keySet());
        for (var key : keys) {
          if (Objects.equals(table.get(key), values.get(key))) {
            continue;
          }
          if (live.getOrDefault(name, Set.of()).contains(key)) {
            changed.add(name + "." + key);
            replace(table, key, values.get(key));
          } else {
            waiting.add(name + "." + key);
          }
        }
        root.put(name, table);
      } else if (!Objects.equals(before, after)) {
        waiting.add(name);
      }
    }
    return new ConfigSource(wanted.name(), wanted.baseDirectory(), root);
  }

  private static void replace(Map<String, Object> table, String key, @Nullable Object value) {
    if (value == null) {
      table.remove(key);
    } else {
      table.put(key, value);
    }
  }

  private static Map<String, Object> table(@Nullable Object value) {
    var table = new LinkedHashMap<String, Object>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> table.put(String.valueOf(key), each));
    }
    return table;
  }

  private Record configuration(Follower follower, ConfigSource effective) {
    if (passed.contains(follower.section())) {
      return follower.selected().config();
    }
    var problems = new ArrayList<Problem>();
    Record config = follower.provider().configure(effective.section(follower.section(), problems));
    if (!problems.isEmpty()) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          problems.getFirst()
              + " Some of the changes in ["
              + follower.section()
              + "] wait for the next start, and without them the others make no sense.",
          "Restart the gateway instead; nothing was changed.");
    }
    return config;
  }
}
