package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All broken plugins lie side by side in one directory with two sound ones. Each yields the one
 * sentence that docs/plugins.md has for it, and the sound ones are found.
 */
class BrokenPluginsTest {

  /** Enough for every plugin on a machine that is busy; those that hang are looked at apart. */
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private static final List<String> HANGING = List.of("constructor-hangs");

  @TempDir static Path work;

  private static Catalogue found = new Catalogue(List.of(), List.of(), new PluginLayers());

  @BeforeAll
  static void makeAllAndLook() throws IOException {
    var jars = new PluginJars(work);
    jars.stage("sound.first", "a-sound-one").into("a-sound-one");
    jars.stage("sound.second", "z-sound-one")
        .descriptor("z-sound-one", "kind=stage\nsummary=A stage for tests.\napi=0.1\n")
        .into("z-sound-one");
    var hanging = new PluginJars(Files.createDirectory(work.resolve("hanging")));
    for (var broken : BrokenPlugins.all().entrySet()) {
      var apart = HANGING.contains(broken.getKey());
      broken.getValue().make(apart ? hanging : jars, broken.getKey());
    }
    var layers = new PluginLayers();
    var plugins =
        Stream.concat(
                new PluginScanner(layers, LIMIT).scan(List.of(jars.plugins())).stream(),
                new PluginScanner(layers, Duration.ofMillis(500))
                    .scan(List.of(hanging.plugins())).stream())
            .toList();
    found = Catalogue.of(List.of(), plugins, List.of(jars.plugins()), layers);
    layers.close();
  }

  static Stream<String> names() {
    return BrokenPlugins.all().keySet().stream();
  }

  private static List<InstalledPlugin> in(String directory) {
    return found.plugins().stream()
        .filter(
            plugin -> plugin.directory().orElseThrow().getFileName().toString().equals(directory))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isToldInOneSentenceWithWhatToDo(String name) throws IOException {
    var plugins = in(name);
    assertThat(plugins).hasSize(1);
    var plugin = plugins.getFirst();
    assertThat(plugin.stateLabel()).isNotEqualTo("usable");
    assertThat(plugin.sentence()).as("one line").doesNotContain("\n").endsWith(".");
    Documented.assertSays("Every sentence", name, plugin.sentence());
  }

  @Test
  void theSoundOnesAreFoundBesideThem() {
    assertThat(
            found.plugins().stream()
                .filter(plugin -> plugin.state() instanceof InstalledPlugin.State.Usable)
                .map(InstalledPlugin::name))
        .containsExactly("a-sound-one", "z-sound-one");
  }

  @Test
  void thePageListsNoOthers() throws IOException {
    assertThat(Documented.sentences("Every sentence").keySet())
        .containsExactlyInAnyOrderElementsOf(names().toList())
        .hasSizeGreaterThan(40);
  }
}
