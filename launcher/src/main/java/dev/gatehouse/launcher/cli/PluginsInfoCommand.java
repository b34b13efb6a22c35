package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.KeyDescription;
import dev.gatehouse.launcher.config.Section;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginFacts;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Planner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows everything there is to know about one plugin. */
@Command(
    name = "info",
    description =
        "Show everything about a plugin: modules, versions, configuration keys, checksums, owner.")
final class PluginsInfoCommand extends PluginsAction {

  @Parameters(paramLabel = "ID", description = "The plugin's id.")
  private String id = "";

  PluginsInfoCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan) {
    var plugin = find(plan, id);
    var facts = new LinkedHashMap<String, @Nullable Object>(row(plugin));
    facts.put("named-in", namedIn(plan, plugin));
    plugin.directory().ifPresent(directory -> facts.putAll(PluginFacts.of(plugin, directory)));
    var keys = keys(plugin);
    if (asJson()) {
      facts.put("keys", keys.stream().map(PluginsInfoCommand::json).toList());
      json(facts);
      return ExitCode.OK;
    }
    facts(facts);
    plugin.provider().ifPresent(provider -> print(provider, keys));
    return ExitCode.OK;
  }

  private static List<KeyDescription> keys(InstalledPlugin plugin) {
    return plugin
        .provider()
        .map(provider -> {
          var section = Section.empty(Planner.section(PluginKind.of(provider), provider.id()));
          provider.configure(section);
          return section.described();
        })
        .orElse(List.of());
  }

  private static Map<String, @Nullable Object> json(KeyDescription key) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("key", key.key());
    row.put("type", key.type());
    row.put("default", key.byDefault());
    row.put("meaning", key.meaning().orElse(null));
    return row;
  }

  private void print(PluginProvider<?> provider, List<KeyDescription> keys) {
    line("");
    line("[" + Planner.section(PluginKind.of(provider), provider.id()) + "]");
    for (var key : keys) {
      line("%s = %s  (%s)".formatted(key.key(), key.byDefault(), key.type()));
      key.meaning().ifPresent(meaning -> line("    " + meaning));
    }
  }
}
