package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
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

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The gateway's address on the network, https://HOST:PORT; or $GATEHOUSE_URL.")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The file with the gateway's token, for --url; or $GATEHOUSE_TOKEN_FILE.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificates to trust, PEM, for --url; or $GATEHOUSE_CA_FILE, else those of the JDK.")
  private @Nullable Path authorities;

  @Mixin private ConfigOptions config = new ConfigOptions();

  /** Where the gateway answers. */
  Place place(Surroundings surroundings) {
    if (socket == null && stateDirectory == null) {
      var address = Optional.ofNullable(url).or(() -> surroundings.variable("GATEHOUSE_URL"));
      if (address.isPresent()) {
        return RemoteAccess.place(
            address.get(),
            given(tokenFile, surroundings, "GATEHOUSE_TOKEN_FILE"),
            given(authorities, surroundings, "GATEHOUSE_CA_FILE"));
      }
    } else if (url != null) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "Two gateways are named.",
          "Give --url, or --socket or --state-directory, not both.");
    }
    return Place.of(socket(surroundings));
  }

  private static Optional<Path> given(
      @Nullable Path option, Surroundings surroundings, String variable) {
    return Optional.ofNullable(option).or(() -> surroundings.variable(variable).map(Path::of));
  }

  private Path socket(Surroundings surroundings) {
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
