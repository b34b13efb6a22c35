package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.log.LogPlace;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.BuildInfo;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the log of a run is called, and what it says first. */
final class RunLog {

  private static final String CLIENT = "client";

  private RunLog() {}

  /** Where log files go; empty for nowhere. */
  static Optional<LogPlace> files(LogConfig log, Plan plan, Surroundings surroundings) {
    boolean wanted =
        log.files()
            .orElse(
                log.directory().isPresent() || surroundings.variable("LOGS_DIRECTORY").isPresent());
    if (!wanted) {
      return Optional.empty();
    }
    var name = name(plan);
    return Optional.of(
        new LogPlace(
            log.directory().orElseGet(() -> surroundings.logDirectory(name)),
            name,
            log.limits(),
            facts(plan)));
  }

  /** What runs, and on what. */
  static Map<String, String> facts(Plan plan) {
    var build = BuildInfo.read();
    var facts = new LinkedHashMap<String, String>();
    facts.put("version", build.version());
    facts.put("revision", build.revision());
    facts.put("java", BuildInfo.java());
    facts.put("system", BuildInfo.system());
    facts.put(
        "plugins",
        plan.selected().stream()
            .map(plugin -> plugin.id() + " " + plugin.plugin().version().orElse("?"))
            .collect(Collectors.joining(", ")));
    return facts;
  }

  /** The role: a gateway, a client, or a service alone. */
  private static String name(Plan plan) {
    var selected = plan.selected();
    if (!selected.isEmpty()
        && selected.stream().allMatch(plugin -> plugin.kind() == PluginKind.SERVICE)) {
      return "gatehouse-" + selected.getFirst().id();
    }
    return selected.stream().anyMatch(plugin -> plugin.id().value().equals(CLIENT))
        ? "gatehouse-" + CLIENT
        : "gatehouse";
  }
}
