package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import dev.gatehouse.launcher.runtime.Fakes;
import dev.gatehouse.launcher.runtime.Journal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SelectorTest {

  private static final Path PLUGINS = Path.of("/opt/gatehouse/plugins");

  private static InstalledPlugin installed(PluginKind kind, String id, State state) {
    return new InstalledPlugin(
        Optional.of(new PluginId(id)),
        Optional.of(kind),
        "",
        Optional.of("1.0"),
        Optional.of(PLUGINS.resolve(id)),
        state);
  }

  private static State usable() {
    return new State.Usable(Fakes.tun("x", new Journal()));
  }

  private static Selector selector(InstalledPlugin... plugins) {
    return new Selector(new Catalogue(List.of(plugins), List.of(PLUGINS), new PluginLayers()));
  }

  private static Optional<PluginId> id(String id) {
    return Optional.of(new PluginId(id));
  }

  @Test
  void theOnlyOneIsTaken() {
    var found =
        selector(installed(PluginKind.TUN, "tun-linux", usable()))
            .one(PluginKind.TUN, Optional.empty());

    assertThat(found).isInstanceOf(Resolution.Selected.class);
    assertThat(found.sentence()).isEqualTo("tun: tun-linux from " + PLUGINS + "/tun-linux.");
    assertThat(found.code()).isEmpty();
  }

  @Test
  void theOnlyOneThatWorksHereIsTaken() {
    var found =
        selector(
                installed(PluginKind.TUN, "tun-linux", usable()),
                installed(PluginKind.TUN, "tun-windows", new State.Unsupported("It is Linux.")))
            .one(PluginKind.TUN, Optional.empty());

    assertThat(found.sentence()).contains("tun-linux");
  }

  @Test
  void noneIsSaidWithWhatThereIs() {
    var found =
        selector(installed(PluginKind.TUN, "tun-linux", usable()))
            .one(PluginKind.TUNNEL, Optional.empty());

    assertThat(found).isInstanceOf(Resolution.NoneInstalled.class);
    assertThat(found.code()).contains(StandardErrorCode.PLUGIN_MISSING);
    assertThat(found.sentence())
        .isEqualTo(
            "No tunnel plugin is installed: searched /opt/gatehouse/plugins, found tun-linux (tun)."
                + " Put one into a directory of its own there, or name another place with"
                + " plugins.directory.");
  }

  @Test
  void anUnknownIdIsSaidWithTheNearest() {
    var found =
        selector(installed(PluginKind.TUN, "tun-linux", usable()))
            .one(PluginKind.TUN, id("tun-linx"));

    assertThat(found).isInstanceOf(Resolution.UnknownId.class);
    assertThat(found.sentence())
        .isEqualTo(
            "The tun plugin 'tun-linx' is not installed: searched /opt/gatehouse/plugins, found"
                + " tun-linux (tun). Did you mean 'tun-linux'? Set plugins.tun to it.");
  }

  @Test
  void severalAreAmbiguous() {
    var found =
        selector(
                installed(PluginKind.TRANSPORT, "udp", usable()),
                installed(PluginKind.TRANSPORT, "tcp", usable()))
            .one(PluginKind.TRANSPORT, Optional.empty());

    assertThat(found).isInstanceOf(Resolution.Ambiguous.class);
    assertThat(found.code()).contains(StandardErrorCode.PLUGIN_AMBIGUOUS);
    assertThat(found.sentence())
        .isEqualTo(
            "Several transport plugins are installed in /opt/gatehouse/plugins (udp, tcp) and none"
                + " is chosen. Set plugins.transport to one of them.");
  }

  @Test
  void amongStoresTheDurableOneIsTaken() {
    var memory = installed(PluginKind.AUTH_STORE, "memory", usable());
    var sqlite = installed(PluginKind.AUTH_STORE, "sqlite", usable());

    assertThat(selector(memory, sqlite).one(PluginKind.AUTH_STORE, Optional.empty()))
        .isEqualTo(new Resolution.Selected(PluginKind.AUTH_STORE, sqlite));
    assertThat(selector(memory, sqlite).one(PluginKind.AUTH_STORE, id("memory")))
        .isEqualTo(new Resolution.Selected(PluginKind.AUTH_STORE, memory));
  }

  @Test
  void anUnsupportedOneIsSaidWithItsReason() {
    var found =
        selector(
                installed(
                    PluginKind.TUN, "tun-windows", new State.Unsupported("It needs Windows.")))
            .one(PluginKind.TUN, Optional.empty());

    assertThat(found).isInstanceOf(Resolution.Unsupported.class);
    assertThat(found.code()).contains(StandardErrorCode.PLUGIN_UNSUPPORTED);
    assertThat(found.sentence())
        .isEqualTo(
            "Plugin 'tun-windows' cannot work on this machine: It needs Windows. Set plugins.tun to"
                + " another tun plugin.");
  }

  @Test
  void anIncompatibleOneIsSaidWithBothVersions() {
    var found =
        selector(installed(PluginKind.TUN, "tun-old", new State.Incompatible("0.9", "1.2")))
            .one(PluginKind.TUN, id("tun-old"));

    assertThat(found).isInstanceOf(Resolution.Incompatible.class);
    assertThat(found.code()).contains(StandardErrorCode.PLUGIN_INCOMPATIBLE);
    assertThat(found.sentence()).contains("against version 0.9").contains("this is 1.2");
  }

  @Test
  void aBrokenOneIsSaidWithItsReasonEvenIfItCouldNotTellItsId() {
    var nameless =
        new InstalledPlugin(
            Optional.empty(),
            Optional.empty(),
            "",
            Optional.empty(),
            Optional.of(PLUGINS.resolve("tun-linux")),
            new State.Broken("a jar cannot be read.", Optional.empty()));

    var found = selector(nameless).one(PluginKind.TUN, id("tun-linux"));

    assertThat(found).isInstanceOf(Resolution.Broken.class);
    assertThat(found.code()).contains(StandardErrorCode.PLUGIN_BROKEN);
    assertThat(found.sentence())
        .isEqualTo(
            "Plugin 'tun-linux' in /opt/gatehouse/plugins/tun-linux cannot be loaded: a jar cannot"
                + " be read.");
  }

  @Test
  void stagesAreAllThatWorkUnlessSomeAreNamed() {
    var selector =
        selector(
            installed(PluginKind.STAGE, "admin", usable()),
            installed(PluginKind.STAGE, "odd", new State.Broken("x.", Optional.empty())),
            installed(PluginKind.STAGE, "policy", usable()));

    assertThat(selector.stages(Optional.empty()).stream().map(Resolution::sentence))
        .containsExactly(
            "stage: admin from " + PLUGINS + "/admin.",
            "stage: policy from " + PLUGINS + "/policy.");
    assertThat(
            selector.stages(
                Optional.of(
                    List.of(new PluginId("policy"), new PluginId("odd"), new PluginId("x")))))
        .hasExactlyElementsOfTypes(
            Resolution.Selected.class, Resolution.Broken.class, Resolution.UnknownId.class);
    assertThat(selector.stages(Optional.of(List.of()))).isEmpty();
  }

  @Test
  void versionsServeOlderMinorsOfTheSameMajor() {
    var running = ApiVersion.parse("1.4.2").orElseThrow();

    assertThat(running.serves(ApiVersion.parse("1.4.9").orElseThrow())).isTrue();
    assertThat(running.serves(ApiVersion.parse("1.0").orElseThrow())).isTrue();
    assertThat(running.serves(ApiVersion.parse("1.5.0").orElseThrow())).isFalse();
    assertThat(running.serves(ApiVersion.parse("0.4.0").orElseThrow())).isFalse();
    assertThat(running.serves(ApiVersion.parse("2.0.0").orElseThrow())).isFalse();
    assertThat(ApiVersion.parse("1.4-rc1")).isPresent();
    assertThat(ApiVersion.parse("latest")).isEmpty();
    assertThat(ApiVersion.parse("99999999999.0")).isEmpty();
  }
}
