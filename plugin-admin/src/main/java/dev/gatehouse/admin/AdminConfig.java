package dev.gatehouse.admin;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code [admin]}.
 *
 * @param socket where the Unix domain socket lies; empty for {@code admin.sock} in the state
 *     directory
 * @param requestTimeout how long a request may take, 100 ms to 5 min
 * @param uapi whether {@code wg} may talk to the gateway; empty for yes where that is possible
 * @param uapiDirectory where {@code wg} looks for sockets
 * @param remote how the API is reached over the network as well; empty if it is not
 * @param console whether the web console is served at {@code /console/}
 */
public record AdminConfig(
    Optional<Path> socket,
    Duration requestTimeout,
    Optional<Boolean> uapi,
    Path uapiDirectory,
    Optional<RemoteConfig> remote,
    boolean console) {

  /** Where {@code wg} looks for sockets on Linux. */
  public static final Path DEFAULT_UAPI_DIRECTORY = Path.of("/var/run/wireguard");

  /** How long a request may take unless configured. */
  public static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** A configuration without access over the network. */
  public AdminConfig(
      Optional<Path> socket, Duration requestTimeout, Optional<Boolean> uapi, Path uapiDirectory) {
    this(socket, requestTimeout, uapi, uapiDirectory, Optional.empty());
  }

  /** A configuration without the web console. */
  public AdminConfig(
      Optional<Path> socket,
      Duration requestTimeout,
      Optional<Boolean> uapi,
      Path uapiDirectory,
      Optional<RemoteConfig> remote) {
    this(socket, requestTimeout, uapi, uapiDirectory, remote, false);
  }

  /** What holds when the section is empty. */
  public static AdminConfig defaults() {
    return new AdminConfig(
        Optional.empty(), DEFAULT_REQUEST_TIMEOUT, Optional.empty(), DEFAULT_UAPI_DIRECTORY);
  }

  static AdminConfig read(ConfigReader section) {
    return new AdminConfig(
        section
            .path("socket")
            .describedAs("Unix socket of the admin API; by default admin.sock in state-directory.")
            .optional(),
        section
            .duration("request-timeout")
            .describedAs("How long one request to the admin API may take.")
            .must(
                d -> d.compareTo(SHORTEST) >= 0 && d.compareTo(LONGEST) <= 0, "be from 100ms to 5m")
            .live()
            .orElse(DEFAULT_REQUEST_TIMEOUT),
        section
            .flag("uapi")
            .describedAs(
                "Whether wg may show and change this gateway; by default yes, where uapi-directory"
                    + " can be written.")
            .optional(),
        section
            .path("uapi-directory")
            .describedAs("Directory in which wg looks for the sockets of interfaces.")
            .orElse(DEFAULT_UAPI_DIRECTORY),
        RemoteConfig.read(section),
        section
            .flag("console")
            .describedAs("Whether the web console is served at /console/ of 'listen'.")
            .orElse(false));
  }
}
