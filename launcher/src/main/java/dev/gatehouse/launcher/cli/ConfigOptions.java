package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Planner;
import dev.gatehouse.launcher.runtime.Setup;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that needs to know the configuration; a picocli mixin. */
public final class ConfigOptions {

  /** Where the configuration is if nobody says otherwise. */
  static final Path USUAL_FILE = Path.of("/etc/gatehouse/gatehouse.toml");

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "The configuration. Without it, the file that $GATEHOUSE_CONFIG names, else"
              + " /etc/gatehouse/gatehouse.toml if it exists, else built-in defaults.")
  private @Nullable Path file;

  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description = "Search this directory for plugins, whatever the configuration says.")
  private @Nullable List<Path> plugins;

  /** Created by picocli. */
  public ConfigOptions() {}

  /**
   * Reads the configuration, wherever it is.
   *
   * @throws dev.gatehouse.api.GatehouseException if it cannot be read or is not TOML
   */
  public ConfigSource source(Surroundings surroundings) {
    return location(surroundings).map(ConfigSource::file).orElseGet(ConfigSource::defaults);
  }

  /** Decides what a gateway will run, opening nothing. */
  public Plan plan(Surroundings surroundings) {
    return plan(source(surroundings), List.of(), surroundings);
  }

  /** Decides what a house of these services alone will run, opening nothing. */
  Plan plan(ConfigSource source, List<PluginId> alone, Surroundings surroundings) {
    return Planner.plan(
        new Setup(
            alone,
            source,
            List.of(),
            Optional.ofNullable(plugins).map(List::copyOf),
            Optional.empty(),
            surroundings));
  }

  /**
   * Decides which authorization store a gateway will use, opening nothing.
   *
   * @param source the configuration
   * @param stateDirectory overrides the configuration
   */
  public Plan planStore(
      ConfigSource source, Optional<Path> stateDirectory, Surroundings surroundings) {
    return Planner.planStore(
        Setup.gateway(
            source,
            List.of(),
            Optional.ofNullable(plugins).map(List::copyOf),
            stateDirectory,
            surroundings));
  }

  private Optional<Path> location(Surroundings surroundings) {
    return Optional.ofNullable(file)
        .or(() -> surroundings.variable("GATEHOUSE_CONFIG").map(Path::of))
        .or(() -> Optional.of(USUAL_FILE).filter(Files::exists));
  }
}
