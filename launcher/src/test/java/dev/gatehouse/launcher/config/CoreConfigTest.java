package dev.gatehouse.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.shard.ShardSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CoreConfigTest {

  private static final Path STATE = Path.of("/var/lib/gatehouse");

  private final List<Problem> problems = new ArrayList<>();

  private CoreConfig read(String toml) {
    return CoreConfig.read(ConfigSource.text(toml), STATE, problems);
  }

  @Test
  void defaultsHoldWhereNothingIsConfigured() {
    assertThat(read(""))
        .isEqualTo(
            new CoreConfig(
                STATE,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                new PluginChoice(Map.of(), Optional.empty(), List.of(), Optional.empty()),
                new ShardConfig(1, ShardSettings.DEFAULTS, true),
                new LogConfig(LogConfig.Level.INFO, LogConfig.Format.AUTO, Optional.empty())));
    assertThat(problems).isEmpty();
  }

  @Test
  void everyKeyCanBeSet() {
    var read =
        read(
            """
            state-directory = "/srv/gate"
            start-timeout = "5s"
            stop-timeout = "2s"
            [plugins]
            auth-store = "memory"
            tun = "tun-linux"
            transport = "udp"
            tunnel = "wireguard"
            stages = ["policy", "admin"]
            directory = "/opt/plugins"
            [shards]
            count = 2
            batches = 64
            inline-lanes = false
            spin-microseconds = 0
            rehearse = false
            [log]
            level = "debug"
            format = "json"
            directory = "/var/log/gatehouse"
            """);

    assertThat(problems).isEmpty();
    assertThat(read)
        .isEqualTo(
            new CoreConfig(
                Path.of("/srv/gate"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                new PluginChoice(
                    Map.of(
                        PluginKind.AUTH_STORE, new PluginId("memory"),
                        PluginKind.TUN, new PluginId("tun-linux"),
                        PluginKind.TRANSPORT, new PluginId("udp"),
                        PluginKind.TUNNEL, new PluginId("wireguard")),
                    Optional.of(List.of(new PluginId("policy"), new PluginId("admin"))),
                    List.of(),
                    Optional.of(Path.of("/opt/plugins"))),
                new ShardConfig(
                    2,
                    new ShardSettings(
                        64,
                        ShardSettings.DEFAULTS.slabBytes(),
                        ShardSettings.DEFAULTS.laneCapacity(),
                        false,
                        Duration.ZERO),
                    false),
                new LogConfig(
                    LogConfig.Level.DEBUG,
                    LogConfig.Format.JSON,
                    Optional.of(Path.of("/var/log/gatehouse")))));
  }

  @Test
  void everyKeyIsDescribedWithMeaning() {
    var described = CoreConfig.describe(STATE);

    assertThat(described).containsOnlyKeys("", "plugins", "shards", "log");
    assertThat(described.values().stream().flatMap(List::stream))
        .hasSize(22)
        .allSatisfy(key -> assertThat(key.meaning()).isPresent());
  }

  @Test
  void unknownKeysOfEverySectionAreReported() {
    read("state-dir = \"x\"\n[log]\nlevl = \"info\"\n[plugins]\nstage = []\n[shards]\ncout = 1");

    assertThat(problems.stream().map(Problem::toString))
        .containsExactlyInAnyOrder(
            "state-dir: this key is not known; did you mean 'state-directory'?",
            "log.levl: this key is not known; did you mean 'level'?",
            "plugins.stage: this key is not known; did you mean 'stages'?",
            "shards.cout: this key is not known; did you mean 'count'?");
  }

  @Test
  void choicesAndTimeoutsAreChecked() {
    read("start-timeout = \"0s\"\n[log]\nlevel = \"loud\"");

    assertThat(problems.stream().map(Problem::toString))
        .containsExactlyInAnyOrder(
            "start-timeout: must be longer than 0 and at most 1h, not \"0s\".",
            "log.level: must be one of trace, debug, info, warn, error, not \"loud\".");
  }

  @Test
  void sectionsNobodyReadsAreReported() {
    CoreConfig.unknownSections(
        ConfigSource.text("[tunel]\n[portal]\n[log]\n[tun]"), List.of("tun", "tunnel"), problems);

    assertThat(problems.stream().map(Problem::toString))
        .containsExactlyInAnyOrder(
            "[tunel]: this section is not known; did you mean [tunnel]?",
            "[portal]: no selected plugin reads this section; those that are read are plugins,"
                + " shards, log, tun, tunnel.");
  }
}
