package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.ConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a house is to be made of.
 *
 * @param alone the services that make up a house without a gateway; empty for a gateway
 * @param source the configuration
 * @param passed providers the embedding program passes
 * @param pluginDirectories where to search; empty for what the configuration says
 * @param stateDirectory overrides the configuration
 * @param surroundings what the process was started with
 */
public record Setup(
    List<PluginId> alone,
    ConfigSource source,
    List<Passed<?>> passed,
    Optional<List<Path>> pluginDirectories,
    Optional<Path> stateDirectory,
    Surroundings surroundings) {

  /** Copies the lists. */
  public Setup {
    alone = List.copyOf(alone);
    passed = List.copyOf(passed);
  }

  /** What a gateway is to be made of. */
  public static Setup gateway(
      ConfigSource source,
      List<Passed<?>> passed,
      Optional<List<Path>> pluginDirectories,
      Optional<Path> stateDirectory,
      Surroundings surroundings) {
    return new Setup(List.of(), source, passed, pluginDirectories, stateDirectory, surroundings);
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
