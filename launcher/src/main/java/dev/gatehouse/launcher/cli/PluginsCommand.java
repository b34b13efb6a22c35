package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.Plan;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Lists what is installed; its commands look closer and change it. */
@Command(
    name = "plugins",
    description = "List the installed plugins and their state, or manage them.",
    synopsisSubcommandLabel = "[COMMAND]")
class PluginsCommand extends PluginsAction {

  private PluginsCommand(Console console) {
    super(console);
  }

  /** The command with its commands. */
  static CommandLine all(Console console) {
    var plugins = new CommandLine(new PluginsCommand(console));
    plugins.addSubcommand(new Listing(console));
    plugins.addSubcommand(new PluginsInfoCommand(console));
    plugins.addSubcommand(new PluginsVerifyCommand(console));
    plugins.addSubcommand(new PluginsInstallCommand(console));
    plugins.addSubcommand(new PluginsRemoveCommand(console));
    plugins.addSubcommand(new PluginsSwitchCommand.Enable(console));
    plugins.addSubcommand(new PluginsSwitchCommand.Disable(console));
    plugins.addSubcommand(new PluginsDescribeCommand(console));
    return plugins;
  }

  /** The same under a name of its own. */
  @Command(name = "list", description = "List the installed plugins and their state.")
  static final class Listing extends PluginsCommand {
    Listing(Console console) {
      super(console);
    }
  }

  @Override
  ExitCode run(Plan plan) {
    var plugins = plan.catalogue().plugins();
    if (asJson()) {
      json(plugins.stream().map(PluginsAction::row).toList());
    } else {
      table(plugins, plan.catalogue().searched());
    }
    return ExitCode.OK;
  }

  private void table(List<InstalledPlugin> plugins, List<Path> searched) {
    if (plugins.isEmpty()) {
      line(
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
        line("    " + plugin.sentence());
      }
    }
  }

  private void row(String id, String kind, String version, String state, String directory) {
    line("%-16s %-11s %-10s %-13s %s".formatted(id, kind, version, state, directory));
  }
}
