package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.plugin.Descriptor;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginLayers;
import dev.gatehouse.launcher.plugin.PluginScanner;
import dev.gatehouse.launcher.runtime.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the descriptor of a plugin for its author. */
@Command(
    name = "describe",
    description = {
      "Load a plugin and print the descriptor that belongs in its jar.",
      "Add 'platforms', 'libraries' or 'api' where they matter."
    })
final class PluginsDescribeCommand extends PluginsAction {

  @Parameters(
      paramLabel = "ID|DIR",
      description = "An installed plugin's id, or a directory with a plugin's jars.")
  private String what = "";

  PluginsDescribeCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan) {
    if (!Files.isDirectory(Path.of(what))) {
      print(List.of(find(plan, what)));
      return ExitCode.OK;
    }
    try (var layers = new PluginLayers()) {
      var found = new PluginScanner(layers).look(Path.of(what).toRealPath());
      if (found.isEmpty()) {
        throw new GatehouseException(
            StandardErrorCode.NOT_FOUND,
            "There is no jar in " + what + ".",
            "Name a directory with a plugin's jars.");
      }
      print(found);
      return ExitCode.OK;
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND, what + " cannot be read (" + e + ").", "", e);
    }
  }

  private void print(List<InstalledPlugin> plugins) {
    var files = new LinkedHashMap<String, String>();
    for (var plugin : plugins) {
      if (plugin.id().isEmpty() || plugin.kind().isEmpty()) {
        throw new GatehouseException(StandardErrorCode.PLUGIN_BROKEN, plugin.sentence(), "");
      }
      var descriptor =
          new Descriptor(
              plugin.id().get(),
              plugin.kind().get(),
              plugin.summary(),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              List.of());
      files.put(descriptor.fileName(), descriptor.text());
    }
    if (asJson()) {
      json(files);
    } else {
      files.forEach((name, text) -> {
        line("# " + name);
        line(text.stripTrailing());
      });
    }
  }
}
