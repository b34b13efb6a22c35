package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.ConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a gateway is to be made of.
 *
 * @param source the configuration
 * @param passed providers the embedding program passes
 * @param pluginDirectories where to search; empty for what the configuration says
 * @param stateDirectory overrides the configuration
 * @param surroundings what the process was started with
 */
public record Setup(
    ConfigSource source,
    List<Passed<?>> passed,
    Optional<List<Path>> pluginDirectories,
    Optional<Path> stateDirectory,
    Surroundings surroundings) {

  /** Copies the list. */
  public Setup {
    passed = List.copyOf(passed);
  }

  /** A configuration alone, as the command line has it. */
  public static Setup of(ConfigSource source, Surroundings surroundings) {
    return new Setup(source, List.of(), Optional.empty(), Optional.empty(), surroundings);
  }

  /**
   * A provider passed as an object.
   *
   * @param provider the provider
   * @param config its configuration; empty to read it from the section
   * @param <C> the configuration's type
   */
  public record Passed<C extends Record>(PluginProvider<C> provider, Optional<C> config) {}
}
