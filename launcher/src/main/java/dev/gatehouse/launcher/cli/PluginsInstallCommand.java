package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.plugin.Installer;
import dev.gatehouse.launcher.runtime.Plan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Installs a plugin. */
@Command(
    name = "install",
    description = {
      "Install a plugin from a jar, a zip or tar.gz with jars, or a directory with jars.",
      "It is refused if it would not start here. Takes effect at the next start of the gateway."
    })
final class PluginsInstallCommand extends PluginsAction {

  @Parameters(paramLabel = "SOURCE", description = "The file or directory.")
  private Path source = Path.of("");

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description =
          "What the file's SHA-256 has to be. Without it, a file of the same name with '.sha256'"
              + " behind it tells, if there is one.")
  private @Nullable String sha256;

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description = "The plugins directory; otherwise the last one that is searched.")
  private @Nullable Path into;

  @Option(names = "--replace", description = "Replace an installed plugin with the same id.")
  private boolean replace;

  PluginsInstallCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan) {
    var target = Optional.ofNullable(into).orElseGet(() -> usual(plan));
    var done =
        new Installer(target, plan.catalogue().plugins())
            .install(source, Optional.ofNullable(sha256), replace);
    if (asJson()) {
      var facts = new LinkedHashMap<String, @Nullable Object>();
      facts.put("installed", done.plugins().stream().map(PluginsAction::row).toList());
      facts.put("directory", done.directory().toString());
      facts.put("sha256", done.sha256().orElse(null));
      facts.put("checked", done.checked());
      facts.put("replaced", done.replaced());
      json(facts);
      return ExitCode.OK;
    }
    for (var plugin : done.plugins()) {
      line(
          (done.replaced() ? "Replaced " : "Installed ")
              + plugin.name()
              + plugin.version().map(version -> " " + version).orElse("")
              + " in "
              + done.directory()
              + ".");
    }
    done.sha256()
        .filter(_ -> !done.checked())
        .ifPresent(
            sum -> line("Nobody said what its SHA-256 should be; compare it yourself: " + sum));
    line("The gateway uses it from its next start on.");
    return ExitCode.OK;
  }

  private static Path usual(Plan plan) {
    var searched = plan.catalogue().searched();
    if (searched.isEmpty()) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "No directory is searched for plugins, so there is none to install into.",
          "Name one with --into.");
    }
    return searched.getLast();
  }
}
