package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.plugin.Installer;
import dev.gatehouse.launcher.runtime.Plan;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes a plugin. */
@Command(
    name = "remove",
    description = {
      "Remove a plugin and everything in its directory.",
      "Takes effect at the next start of the gateway."
    })
final class PluginsRemoveCommand extends PluginsAction {

  @Parameters(paramLabel = "ID", description = "The plugin's id.")
  private String id = "";

  @Option(names = "--force", description = "Also if the configuration names it.")
  private boolean force;

  PluginsRemoveCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan) {
    var plugin = find(plan, id);
    var together =
        plan.catalogue().plugins().stream()
            .filter(other -> other.directory().isPresent())
            .filter(other -> other.directory().equals(plugin.directory()))
            .toList();
    for (var one : together) {
      var keys = namedIn(plan, one);
      if (!keys.isEmpty() && !force) {
        throw new GatehouseException(
            StandardErrorCode.CONFLICT,
            "The configuration names plugin '"
                + one.name()
                + "' in "
                + String.join(" and ", keys)
                + ".",
            "Take it out there first, or add --force.");
      }
    }
    plan.close(); // some systems keep files that are open
    Installer.remove(plugin);
    if (asJson()) {
      var facts = new LinkedHashMap<String, Object>();
      facts.put("removed", together.stream().map(PluginsAction::row).toList());
      json(facts);
    } else {
      together.forEach(one -> line("Removed " + one.name() + " from " + one.place() + "."));
    }
    return ExitCode.OK;
  }
}
