package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.config.Word;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Where a relay's configuration comes from: the section {@code [relay]} of the file, over it the
 * environment, over it the command line. A picocli mixin.
 */
public final class RelayOptions {

  /** The section, and the id of the service. */
  public static final String SECTION = "relay";

  /** Where a relay answers questions about itself unless it is told otherwise. */
  public static final String USUAL_MONITOR = "127.0.0.1:9641";

  private static final String PREFIX = "GATEHOUSE_RELAY_";

  @Mixin private ConfigOptions file = new ConfigOptions();

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      split = ",",
      description = "Where to listen on UDP and TCP, with port.")
  private @Nullable List<String> listen;

  @Option(
      names = "--tls-listen",
      paramLabel = "ADDRESS",
      split = ",",
      description = "Where to listen on TLS, with port.")
  private @Nullable List<String> tlsListen;

  @Option(names = "--certificate", paramLabel = "FILE", description = "The certificate, PEM.")
  private @Nullable Path certificate;

  @Option(names = "--certificate-key", paramLabel = "FILE", description = "Its key, PEM.")
  private @Nullable Path certificateKey;

  @Option(
      names = "--public-address",
      paramLabel = "ADDRESS",
      split = ",",
      description = "How peers reach this machine, at most one address per family.")
  private @Nullable List<String> publicAddress;

  @Option(names = "--ports", paramLabel = "A-B", description = "The ports of allocations.")
  private @Nullable String ports;

  @Option(names = "--realm", paramLabel = "NAME", description = "The realm of the credentials.")
  private @Nullable String realm;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "A file with the secret that time-limited credentials are made from.")
  private @Nullable Path secretFile;

  @Option(
      names = "--monitor",
      paramLabel = "ADDRESS",
      description = "Where /live, /ready, /metrics and /status are answered, with port.")
  private @Nullable String monitor;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Any other key of [relay]; lists are separated by commas.")
  private @Nullable Map<String, String> others;

  /** Created by picocli. */
  public RelayOptions() {}

  /**
   * The configuration with everything that overrides it.
   *
   * @throws dev.gatehouse.api.GatehouseException if the file cannot be read or is not TOML
   */
  public ConfigSource source(Surroundings surroundings) {
    return file.source(surroundings)
        .with(SECTION, environment(surroundings.environment()), "the environment")
        .with(SECTION, commandLine(), "the command line");
  }

  /** Decides what will run, opening nothing. */
  Plan plan(Surroundings surroundings) {
    return file.plan(source(surroundings), List.of(new PluginId(SECTION)), surroundings);
  }

  private static Map<String, Word> environment(Map<String, String> variables) {
    var values = new TreeMap<String, Word>();
    variables.forEach((name, value) -> {
      if (name.startsWith(PREFIX) && !value.isEmpty()) {
        var key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
        values.put(key, new Word(value));
      }
    });
    return values;
  }

  private Map<String, Word> commandLine() {
    var values = new LinkedHashMap<String, Word>();
    if (others != null) {
      others.forEach((key, value) -> values.put(key, new Word(value)));
    }
    put(values, "listen", listen);
    put(values, "tls-listen", tlsListen);
    put(values, "certificate", absolute(certificate));
    put(values, "certificate-key", absolute(certificateKey));
    put(values, "public-addresses", publicAddress);
    put(values, "ports", ports);
    put(values, "realm", realm);
    put(values, "secret-file", absolute(secretFile));
    put(values, "monitor", monitor);
    return values;
  }

  private static void put(Map<String, Word> values, String key, @Nullable String value) {
    if (value != null) {
      values.put(key, new Word(value));
    }
  }

  private static void put(Map<String, Word> values, String key, @Nullable List<String> value) {
    if (value != null) {
      values.put(key, new Word(String.join(",", value)));
    }
  }

  /** Relative to where the command was given, not to the configuration file. */
  private static @Nullable String absolute(@Nullable Path path) {
    return path == null ? null : path.toAbsolutePath().toString();
  }
}
