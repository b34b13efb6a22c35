package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.plugin.PluginJars;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlannerTest {

  @TempDir Path work;

  private final Journal journal = new Journal();

  private Plan plan(String toml, List<PluginProvider<?>> providers) {
    var passed = new ArrayList<Setup.Passed<?>>();
    providers.forEach(provider -> passed.add(passed(provider)));
    return Planner.plan(
        Setup.gateway(
            ConfigSource.text(toml),
            passed,
            Optional.empty(),
            Optional.of(work),
            new Surroundings(Map.of(), work, false, false)));
  }

  private static <C extends Record> Setup.Passed<C> passed(PluginProvider<C> provider) {
    return new Setup.Passed<>(provider, Optional.empty());
  }

  private Plan plan(String toml) {
    return plan(toml, Fakes.all(journal, new Fakes.Script()));
  }

  private static List<String> problems(Plan plan) {
    return plan.failure().map(SetupException::problems).orElse(List.of());
  }

  @Test
  void pluginsAreOrderedByKindAndStagesOfThePathComeFirst() {
    var plan = plan("");

    assertThat(plan.failure()).isEmpty();
    assertThat(plan.selected().stream().map(plugin -> plugin.id().value()))
        .containsExactly("store", "tun", "transport", "tunnel", "policy", "admin");
    assertThat(journal.entries()).isEmpty();
  }

  @Test
  void sectionsAreReadByKindAndForStagesById() {
    var plan = plan("[tun]\nsize = 1\n[auth-store]\nsize = 2\n[policy]\nsize = 4");

    assertThat(plan.selected().stream().map(plugin -> plugin.id() + " " + plugin.config()))
        .contains(
            "tun Config[size=1]",
            "store Config[size=2]",
            "policy Config[size=4]",
            "admin Config[size=3]");
  }

  @Test
  void problemsOfAllSectionsAndPluginsComeTogether() {
    var plan =
        plan(
            """
            start-timeout = "never"
            [tun]
            size = 11
            sise = 1
            [tunnel]
            size = "3"
            [plugins]
            transport = "udb"
            [polici]
            [log]
            level = 5
            """);

    assertThat(problems(plan))
        .hasSize(7)
        .anyMatch(text -> text.startsWith("The transport plugin 'udb' is not installed"))
        .anyMatch(text -> text.startsWith("start-timeout: must be a time span"))
        .contains(
            "tun.size: must be from 1 to 10, not 11.",
            "tun.sise: this key is not known; did you mean 'size'?",
            "tunnel.size: must be a whole number without quotes, not \"3\".",
            "[polici]: this section is not known; did you mean [policy]?",
            "log.level: must be a log level in quotes, not 5.");
    assertThat(plan.failure().orElseThrow().code())
        .isEqualTo(StandardErrorCode.CONFIGURATION_INVALID);
  }

  @Test
  void aSectionOfAStageThatIsNotSelectedIsUnknown() {
    assertThat(problems(plan("[plugins]\nstages = [\"policy\"]\n[admin]\nsize = 1")))
        .singleElement()
        .asString()
        .startsWith("[admin]: no selected plugin reads this section");
  }

  @Test
  void aMissingPluginAloneIsAPluginProblem() {
    var providers = new ArrayList<>(Fakes.all(journal, new Fakes.Script()));
    providers.removeIf(provider -> provider.id().value().equals("tun"));

    var failure = plan("", providers).failure().orElseThrow();

    assertThat(failure.code()).isEqualTo(StandardErrorCode.PLUGIN_MISSING);
    assertThat(failure.getMessage()).contains("No tun plugin is installed");
  }

  @Test
  void everyLaneNeedsAConsumer() {
    assertThat(problems(plan("[plugins]\nstages = [\"admin\"]")))
        .containsExactly(
            "plugins.stages: nothing takes packets from lane from-tun; add the stage that does,"
                + " usually 'policy'.",
            "plugins.stages: nothing takes packets from lane from-tunnel; add the stage that does,"
                + " usually 'policy'.");
  }

  @Test
  void aLaneHasOneConsumerOnly() {
    var providers = new ArrayList<>(Fakes.all(journal, new Fakes.Script()));
    providers.add(Fakes.stage("greedy", Set.of(Lane.TO_TUN), journal, new Fakes.Script()));

    assertThat(problems(plan("", providers)))
        .containsExactly(
            "plugins.stages: packets from lane to-tun are taken by tun and greedy; leave only one of"
                + " them.");
  }

  @Test
  void aProviderThatFailsWhileReadingIsNamedAndHidesNothing() {
    var jars = new PluginJars(work);
    jars.stage("acme.sick", "sick")
        .source(
            "acme.sick.Provider",
            PluginJars.stageProvider("acme.sick", "sick", "")
                .replace("return new Config();", "throw new IllegalStateException(\"ouch\");"))
        .into("sick");
    var plan = plan("[plugins]\ndirectory = \"" + jars.plugins() + "\"\n[tun]\nsize = 99");

    assertThat(problems(plan))
        .containsExactlyInAnyOrder(
            "tun.size: must be from 1 to 10, not 99.",
            "[sick]: plugin 'sick' failed while reading this section"
                + " (java.lang.IllegalStateException: ouch); ask its author.");
  }

  @Test
  void theEnvironmentDecidesWhereStateIsKept() {
    var home = Path.of("/home/gate");

    assertThat(new Surroundings(Map.of(), home, true, false).stateDirectory())
        .isEqualTo(Path.of("/var/lib/gatehouse"));
    assertThat(new Surroundings(Map.of(), home, false, false).stateDirectory())
        .isEqualTo(home.resolve(".local/state/gatehouse"));
    assertThat(
            new Surroundings(Map.of("XDG_STATE_HOME", "/data"), home, false, false)
                .stateDirectory())
        .isEqualTo(Path.of("/data/gatehouse"));
    assertThat(
            new Surroundings(Map.of("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), home, true, false)
                .stateDirectory())
        .isEqualTo(Path.of("/var/lib/a"));
  }

  @Test
  void stagesThatDoNotRunByDefaultRunOnlyIfNamed() {
    var jars = new PluginJars(work);
    jars.stage("acme.shy", "shy")
        .source(
            "acme.shy.Provider",
            PluginJars.stageProvider(
                "acme.shy", "shy", "public boolean runsByDefault() { return false; }"))
        .into("shy");
    var plugins = "[plugins]\ndirectory = \"" + jars.plugins() + "\"\n";

    assertThat(plan(plugins).selected().stream().map(plugin -> plugin.id().value()))
        .doesNotContain("shy")
        .contains("policy", "admin");
    assertThat(
            plan(plugins + "stages = [\"shy\", \"policy\"]").selected().stream()
                .map(plugin -> plugin.id().value()))
        .contains("shy", "policy")
        .doesNotContain("admin");
  }

  private Plan alone(String toml) {
    return Planner.plan(
        new Setup(
            List.of(new PluginId("relay")),
            ConfigSource.text(toml),
            List.of(passed(Fakes.service("relay", journal))),
            Optional.empty(),
            Optional.of(work),
            new Surroundings(Map.of(), work, false, false)));
  }

  @Test
  void aServiceAloneNeedsNothingOfAGateway() {
    var plan = alone("[relay]\nsize = 4");

    assertThat(plan.failure()).isEmpty();
    assertThat(plan.selected().stream().map(one -> one.id() + " " + one.config()))
        .containsExactly("relay Config[size=4]");
    assertThat(plan.core().shards().count()).isPositive();
  }

  @Test
  void aServiceAloneReadsNoSectionOfAGateway() {
    assertThat(problems(alone("[tun]\nsize = 1"))).singleElement().asString().contains("[tun]");
  }

  @Test
  void servicesRunBesideAGatewayOnlyIfListed() {
    var providers = new ArrayList<PluginProvider<?>>(Fakes.all(journal, new Fakes.Script()));
    providers.add(Fakes.service("relay", journal));

    assertThat(plan("", providers).selected().stream().map(one -> one.id().value()))
        .doesNotContain("relay");
    assertThat(
            plan("[plugins]\nservices = [\"relay\"]", providers).selected().stream()
                .map(one -> one.id().value()))
        .contains("relay", "tun");
  }

  @Test
  void aServiceAloneIsStartedDrainedStoppedAndClosed() throws InterruptedException {
    var house = House.open(alone(""), TimeSource.system(), Optional.empty(), events -> {});
    assertThat(house.services().isGateway()).isFalse();
    house.drain();
    house.close();

    assertThat(journal.entries())
        .containsExactly("relay start", "relay drain", "relay stop", "relay close");
  }
}
