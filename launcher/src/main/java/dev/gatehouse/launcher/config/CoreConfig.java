package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the launcher itself reads.
 *
 * @param stateDirectory where state is kept
 * @param startTimeout how long a plugin may take to start
 * @param stopTimeout how long a plugin may take to stop
 * @param plugins which plugins
 * @param shards the packet path
 * @param log logging
 */
public record CoreConfig(
    Path stateDirectory,
    Duration startTimeout,
    Duration stopTimeout,
    PluginChoice plugins,
    ShardConfig shards,
    LogConfig log) {

  /** The names of the launcher's own sections. */
  public static final List<String> SECTIONS = List.of("plugins", "shards", "log");

  private static final Duration LONGEST = Duration.ofHours(1);

  /**
   * Reads everything that is the launcher's. Sections of plugins are left alone.
   *
   * @param problems where problems go
   */
  public static CoreConfig read(ConfigSource source, Path stateDirectory, List<Problem> problems) {
    return read(source, stateDirectory, ShardConfig.GATEWAY, problems);
  }

  /**
   * Reads everything that is the launcher's. Sections of plugins are left alone.
   *
   * @param shardsByDefault what is used where the section says nothing
   * @param problems where problems go
   */
  public static CoreConfig read(
      ConfigSource source,
      Path stateDirectory,
      ShardConfig shardsByDefault,
      List<Problem> problems) {
    var plugins = source.section("plugins", problems);
    var shards = source.section("shards", problems);
    var log = source.section("log", problems);
    var top = top(source, problems);
    var config =
        new CoreConfig(
            stateDirectory(top, stateDirectory),
            timeout(top, "start-timeout", "start", Duration.ofSeconds(30)),
            timeout(top, "stop-timeout", "stop", Duration.ofSeconds(10)),
            PluginChoice.read(plugins),
            ShardConfig.read(shards, shardsByDefault),
            LogConfig.read(log));
    List.of(top, plugins, shards, log).forEach(Section::finish);
    return config;
  }

  /** The same with another state directory. */
  public CoreConfig withStateDirectory(Path other) {
    return new CoreConfig(other, startTimeout, stopTimeout, plugins, shards, log);
  }

  /** Every key of the launcher by section; the empty section holds the keys above the first. */
  public static Map<String, List<KeyDescription>> describe(Path stateDirectory) {
    var top = Section.empty("");
    stateDirectory(top, stateDirectory);
    timeout(top, "start-timeout", "start", Duration.ofSeconds(30));
    timeout(top, "stop-timeout", "stop", Duration.ofSeconds(10));
    var plugins = Section.empty("plugins");
    PluginChoice.read(plugins);
    var shards = Section.empty("shards");
    ShardConfig.read(shards, ShardConfig.GATEWAY);
    var log = Section.empty("log");
    LogConfig.read(log);
    var all = new LinkedHashMap<String, List<KeyDescription>>();
    all.put("", top.described());
    all.put("plugins", plugins.described());
    all.put("shards", shards.described());
    all.put("log", log.described());
    return all;
  }

  private static Path stateDirectory(ConfigReader top, Path byDefault) {
    return top.path("state-directory")
        .describedAs("Where the gateway keeps its state; its owner alone may write there.")
        .orElse(byDefault);
  }

  private static Duration timeout(ConfigReader top, String key, String verb, Duration byDefault) {
    return top.duration(key)
        .describedAs("How long a plugin may take to " + verb + ".")
        .must(
            span -> span.isPositive() && span.compareTo(LONGEST) <= 0,
            "be longer than 0 and at most 1h")
        .orElse(byDefault);
  }

  /** The keys above the first section: everything that is not a table. */
  private static Section top(ConfigSource source, List<Problem> problems) {
    var values = new LinkedHashMap<String, Object>();
    source
        .root()
        .forEach((key, value) -> {
          if (!(value instanceof Map<?, ?>) || isTopKey(key)) {
            values.put(key, value);
          }
        });
    return new Section("", values, source.baseDirectory(), problems);
  }

  private static boolean isTopKey(String key) {
    return List.of("state-directory", "start-timeout", "stop-timeout").contains(key);
  }

  /** Reports sections nobody reads. */
  public static void unknownSections(
      ConfigSource source, List<String> known, List<Problem> problems) {
    var names = new ArrayList<>(SECTIONS);
    names.addAll(known);
    source
        .root()
        .forEach((key, value) -> {
          if (value instanceof Map<?, ?> && !isTopKey(key) && !names.contains(key)) {
            problems.add(new Problem("[" + key + "]", unknownSection(key, names)));
          }
        });
  }

  private static String unknownSection(String name, List<String> known) {
    return Nearest.to(name, known)
        .map(near -> "this section is not known; did you mean [" + near + "]?")
        .orElseGet(() ->
            "no selected plugin reads this section; those that are read are "
                + String.join(", ", known)
                + ".");
  }
}
