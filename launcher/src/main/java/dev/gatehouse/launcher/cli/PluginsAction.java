package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.config.Nearest;
import dev.gatehouse.launcher.log.Json;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.Plan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands about plugins have in common. */
abstract class PluginsAction implements Callable<Integer> {

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  PluginsAction(Console console) {
    this.console = console;
  }

  @Override
  public final Integer call() {
    Logging.start(
        new LogConfig(
            LogConfig.Level.WARN, LogConfig.Format.HUMAN, LogConfig.defaults().directory()),
        console.err(),
        true);
    try (var plan = options.plan(console.surroundings())) {
      return run(plan).number();
    }
  }

  /** Does what the command is for. */
  abstract ExitCode run(Plan plan);

  final boolean asJson() {
    return json;
  }

  final void line(String text) {
    console.out().println(text);
  }

  final void json(Object value) {
    var out = new StringBuilder();
    Json.value(out, value);
    line(out.toString());
  }

  /** The same facts as an object or as lines. */
  final void facts(Map<String, ?> facts) {
    if (json) {
      json(facts);
      return;
    }
    facts.forEach((key, value) -> {
      if (value instanceof List<?> list) {
        list.forEach(one -> console.out().printf("%-14s %s%n", key, one));
      } else if (value != null) {
        console.out().printf("%-14s %s%n", key, value);
      }
    });
  }

  /**
   * The installed plugin with an id.
   *
   * @throws GatehouseException if there is none
   */
  static InstalledPlugin find(Plan plan, String id) {
    var plugins = plan.catalogue().plugins();
    return plugins.stream()
        .filter(plugin -> plugin.name().equals(id))
        .findFirst()
        .orElseThrow(() -> {
          var names = plugins.stream().map(InstalledPlugin::name).toList();
          return new GatehouseException(
              StandardErrorCode.NOT_FOUND,
              "No plugin '"
                  + id
                  + "' is installed in "
                  + String.join(
                      ", ", plan.catalogue().searched().stream().map(Path::toString).toList())
                  + ".",
              Nearest.to(id, names)
                  .map(near -> "Did you mean '" + near + "'?")
                  .orElse("'gatehouse plugins' lists what is."));
        });
  }

  /** A plugin as a row of the list. */
  static Map<String, @Nullable Object> row(InstalledPlugin plugin) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("id", plugin.name());
    row.put("kind", plugin.kind().map(PluginKind::label).orElse(null));
    row.put("version", plugin.version().orElse(null));
    row.put("directory", plugin.directory().map(Path::toString).orElse(null));
    row.put("state", plugin.stateLabel());
    row.put("sentence", plugin.sentence());
    return row;
  }

  /** Where the configuration names a plugin, to complete a sentence; empty if nowhere. */
  static List<String> namedIn(Plan plan, InstalledPlugin plugin) {
    var choice = plan.core().plugins();
    var keys = new java.util.ArrayList<String>();
    plugin
        .id()
        .ifPresent(id -> {
          choice
              .ids()
              .forEach((kind, chosen) -> {
                if (chosen.equals(id)) {
                  keys.add(kind.key());
                }
              });
          if (choice.stages().filter(ids -> ids.contains(id)).isPresent()) {
            keys.add(PluginKind.STAGE.key());
          }
          if (choice.services().contains(id)) {
            keys.add(PluginKind.SERVICE.key());
          }
          if (plugin.kind().filter(PluginKind::isMany).isPresent()
              && plan.source().root().containsKey(id.value())) {
            keys.add("[" + id + "]");
          }
        });
    return keys;
  }
}
