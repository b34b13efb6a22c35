package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.plugin.PluginKind;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code [plugins]} section.
 *
 * @param ids the id per kind, where one is given; never for stages and services
 * @param stages the stages; empty for all that are installed
 * @param services the services beside a gateway
 * @param directory where plugins are; empty for the installation's own directory
 */
public record PluginChoice(
    Map<PluginKind, PluginId> ids,
    Optional<List<PluginId>> stages,
    List<PluginId> services,
    Optional<Path> directory) {

  /** Reads the section. */
  public static PluginChoice read(ConfigReader section) {
    var ids = new EnumMap<PluginKind, PluginId>(PluginKind.class);
    for (var kind : PluginKind.values()) {
      if (!kind.isMany()) {
        section
            .parsed(kind.label(), "plugin id", PluginId::new)
            .describedAs("Which " + kind.label() + " plugin to use, if several are installed.")
            .optional()
            .ifPresent(id -> ids.put(kind, id));
      }
    }
    return new PluginChoice(
        ids,
        section
            .parsedList("stages", "plugin id", PluginId::new)
            .describedAs(
                "Which stages to run; if the key is absent, all installed ones but roles such as 'client'.")
            .optional(),
        section
            .parsedList("services", "plugin id", PluginId::new)
            .describedAs("Which services to run beside the gateway, such as 'relay'.")
            .orElse(List.of()),
        section
            .path("directory")
            .describedAs("Where plugins are, one directory each; the installation's, if absent.")
            .optional());
  }

  /** The id chosen for a kind. */
  public Optional<PluginId> id(PluginKind kind) {
    return Optional.ofNullable(ids.get(kind));
  }
}
