package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.plugin.DisabledPlugins;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginFacts;
import dev.gatehouse.launcher.runtime.Plan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Says that a plugin is to be loaded, or not. */
abstract class PluginsSwitchCommand extends PluginsAction {

  @Parameters(paramLabel = "ID", description = "The plugin's id.")
  private String id = "";

  private final boolean disabled;

  private PluginsSwitchCommand(Console console, boolean disabled) {
    super(console);
    this.disabled = disabled;
  }

  /** Has it loaded again. */
  @Command(
      name = "enable",
      description = "Let a disabled plugin be loaded again, from the gateway's next start on.")
  static final class Enable extends PluginsSwitchCommand {
    Enable(Console console) {
      super(console, false);
    }
  }

  /** Keeps it from being loaded. */
  @Command(
      name = "disable",
      description = {
        "Keep a plugin from being loaded, from the gateway's next start on.",
        "The file 'disabled.txt' beside the plugin's directory remembers it; the configuration stays as"
            + " it is."
      })
  static final class Disable extends PluginsSwitchCommand {
    Disable(Console console) {
      super(console, true);
    }
  }

  @Override
  ExitCode run(Plan plan) {
    var plugin = find(plan, id);
    var directory =
        plugin
            .directory()
            .map(Path::toAbsolutePath)
            .orElseThrow(() ->
                new GatehouseException(
                    StandardErrorCode.REQUEST_INVALID,
                    "Plugin '" + id + "' is not in a directory.",
                    "Take it out of the program that passes it."));
    requireKnowable(plugin, directory);
    boolean changed = DisabledPlugins.set(directory, id, disabled);
    if (asJson()) {
      var facts = new LinkedHashMap<String, Object>();
      facts.put("id", id);
      facts.put("enabled", !disabled);
      facts.put("changed", changed);
      json(facts);
      return ExitCode.OK;
    }
    var word = disabled ? "disabled" : "enabled";
    line(
        changed
            ? "Plugin '" + id + "' is " + word + " from the gateway's next start on."
            : "Plugin '" + id + "' is " + word + " already.");
    var keys = namedIn(plan, plugin);
    if (disabled && !keys.isEmpty() && !keys.equals(java.util.List.of("[" + id + "]"))) {
      line(
          "Note: the configuration names it in "
              + String.join(" and ", keys)
              + "; the gateway does not start until it is taken out there.");
    }
    return ExitCode.OK;
  }

  /** Who would have to be loaded to be known cannot be kept from being loaded. */
  private void requireKnowable(InstalledPlugin plugin, Path directory) {
    if (disabled
        && !directory.getFileName().toString().equals(id)
        && "none".equals(PluginFacts.of(plugin, directory).get("descriptor"))) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "Plugin '" + id + "' has no descriptor, so nobody knows it before it is loaded.",
          "Give its directory " + directory + " the name '" + id + "', and try again.");
    }
  }
}
