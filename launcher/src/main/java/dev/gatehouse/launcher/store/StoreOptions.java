package dev.gatehouse.launcher.store;

import dev.gatehouse.launcher.cli.ConfigOptions;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.remote.GatewayClient;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command finds the store, and the gateway that may be using it; a picocli mixin. */
final class StoreOptions {

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      description = "The gateway's state directory, whatever the configuration says.")
  private @Nullable Path stateDirectory;

  @Mixin private ConfigOptions config = new ConfigOptions();

  /** The store the configuration names. */
  Plan plan(Surroundings surroundings) {
    return config.planStore(
        config.source(surroundings), Optional.ofNullable(stateDirectory), surroundings);
  }

  /**
   * The store another configuration names: a file, or the id of a store plugin with its default
   * settings in this configuration's state directory.
   */
  Plan target(String to, Plan here, Surroundings surroundings) {
    if (Files.isRegularFile(Path.of(to))) {
      return config.planStore(ConfigSource.file(Path.of(to)), Optional.empty(), surroundings);
    }
    var source = StoreTarget.ofPlugin(to, here);
    return config.planStore(source, Optional.of(here.core().stateDirectory()), surroundings);
  }

  /** The gateway that may be running on the store. */
  GatewayClient gateway(Plan plan) {
    var source = plan.source();
    return new GatewayClient(
        source
            .section("admin", new ArrayList<>())
            .path("socket")
            .optional()
            .filter(socket -> stateDirectory == null)
            .orElseGet(() -> plan.core().stateDirectory().resolve("admin.sock")));
  }
}
