package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.ConfigOptions;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.config.CoreConfig;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command finds the running gateway; a picocli mixin. */
final class GatewayOptions {

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The admin socket, whatever the configuration says.")
  private @Nullable Path socket;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      description = "The gateway's state directory, whatever the configuration says.")
  private @Nullable Path stateDirectory;

  @Mixin private ConfigOptions config = new ConfigOptions();

  /** Where the admin socket is. */
  Path socket(Surroundings surroundings) {
    if (socket != null) {
      return socket;
    }
    if (stateDirectory != null) {
      return stateDirectory.resolve("admin.sock");
    }
    var source = config.source(surroundings);
    return configured(source)
        .orElseGet(() ->
            CoreConfig.read(source, surroundings.stateDirectory(), new ArrayList<>())
                .stateDirectory()
                .resolve("admin.sock"));
  }

  private static Optional<Path> configured(ConfigSource source) {
    return source.section("admin", new ArrayList<>()).path("socket").optional();
  }
}
