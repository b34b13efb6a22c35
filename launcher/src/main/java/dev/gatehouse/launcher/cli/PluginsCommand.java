package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.log.Json;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists what is installed. */
@Command(name = "plugins", description = "List the installed plugins and their state.")
final class PluginsCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  PluginsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Logging.start(
        new LogConfig(
            LogConfig.Level.WARN, LogConfig.Format.HUMAN, LogConfig.defaults().directory()),
        console.err(),
        true);
    var catalogue = options.plan(console.surroundings()).catalogue();
    if (json) {
      var rows = new ArrayList<Map<String, @Nullable Object>>();
      catalogue.plugins().forEach(plugin -> rows.add(row(plugin)));
      var out = new StringBuilder();
      Json.value(out, rows);
      console.out().println(out);
    } else {
      table(catalogue.plugins(), catalogue.searched());
    }
    return ExitCode.OK.number();
  }

  private static Map<String, @Nullable Object> row(InstalledPlugin plugin) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("id", plugin.name());
    row.put("kind", plugin.kind().map(PluginKind::label).orElse(null));
    row.put("version", plugin.version().orElse(null));
    row.put("directory", plugin.directory().map(Path::toString).orElse(null));
    row.put("state", plugin.stateLabel());
    row.put("sentence", plugin.sentence());
    return row;
  }

  private void table(List<InstalledPlugin> plugins, List<Path> searched) {
    if (plugins.isEmpty()) {
      console
          .out()
          .println(
              searched.isEmpty()
                  ? "No plugins: no directory was searched. Name one with plugins.directory or"
                      + " --plugins."
                  : "No plugins in " + searched + ".");
      return;
    }
    row("ID", "KIND", "VERSION", "STATE", "DIRECTORY");
    for (var plugin : plugins) {
      row(
          plugin.name(),
          plugin.kind().map(PluginKind::label).orElse("?"),
          plugin.version().orElse("?"),
          plugin.stateLabel(),
          plugin.place());
      if (!plugin.sentence().isEmpty()) {
        console.out().println("    " + plugin.sentence());
      }
    }
  }

  private void row(String id, String kind, String version, String state, String directory) {
    console.out().printf("%-16s %-11s %-10s %-13s %s%n", id, kind, version, state, directory);
  }
}
