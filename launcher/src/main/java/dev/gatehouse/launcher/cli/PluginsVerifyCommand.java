package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.Verification;
import dev.gatehouse.launcher.runtime.Plan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells what is wrong with installed plugins. */
@Command(
    name = "verify",
    description = {
      "Compare plugins with their recorded checksums and tell every problem they have.",
      "Exit code 4 if there is one."
    })
final class PluginsVerifyCommand extends PluginsAction {

  @Parameters(paramLabel = "ID", arity = "0..*", description = "Only these; otherwise all.")
  private List<String> ids = List.of();

  PluginsVerifyCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan) {
    List<InstalledPlugin> plugins =
        ids.isEmpty()
            ? plan.catalogue().plugins()
            : ids.stream().map(id -> find(plan, id)).toList();
    var all = plugins.stream().map(Verification::of).toList();
    if (asJson()) {
      json(all.stream().map(PluginsVerifyCommand::row).toList());
    } else {
      all.forEach(this::print);
    }
    return all.stream().allMatch(one -> one.problems().isEmpty()) ? ExitCode.OK : ExitCode.PLUGIN;
  }

  private static Map<String, Object> row(Verification one) {
    var row = new LinkedHashMap<String, Object>();
    row.put("id", one.plugin().name());
    row.put("sound", one.problems().isEmpty());
    row.put("problems", one.problems());
    row.put("notes", one.notes());
    return row;
  }

  private void print(Verification one) {
    line("%-16s %s".formatted(one.plugin().name(), one.problems().isEmpty() ? "sound" : "WRONG"));
    one.problems().forEach(problem -> line("    " + problem));
    one.notes().forEach(note -> line("    Note: " + note));
  }
}
