package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.Gatehouse;
import dev.gatehouse.launcher.runtime.Fakes;
import dev.gatehouse.launcher.runtime.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plugins from directories in a gateway whose other parts are fakes. */
class RunningPluginsTest {

  private static final String HANG = "new java.util.concurrent.CountDownLatch(1).await();";

  @TempDir Path work;

  private final Journal journal = new Journal();

  private PluginJars jars() throws IOException {
    return new PluginJars(Files.createDirectories(work.resolve("jars")));
  }

  private Gatehouse.Builder gateway(Path plugins) {
    var builder =
        Gatehouse.builder()
            .configuration("start-timeout = \"2s\"\nstop-timeout = \"2s\"\n")
            .stateDirectory(work.resolve("state"))
            .plugins(plugins);
    Fakes.all(journal, new Fakes.Script()).forEach(builder::provider);
    return builder;
  }

  private static String created(String start, String stop, String close) {
    return """
    return new dev.gatehouse.api.spi.Plugin() {
      public void start() throws InterruptedException { %s }
      public void stop() throws InterruptedException { %s }
      public void close() { %s }
    };\
    """
        .formatted(start, stop, close);
  }

  private static PluginJars.Module stage(PluginJars jars, String name, String create) {
    var module = "living." + name.replace("-", "");
    return jars.stage(module, name)
        .source(
            module + ".Provider",
            PluginJars.stageProvider(module, name, "")
                .replace("throw new UnsupportedOperationException();", create));
  }

  /** The body of {@code create} by name. */
  private static Map<String, String> failingToStart() {
    var all = new LinkedHashMap<String, String>();
    all.put("create-throws", "throw new IllegalStateException(\"no luck\");");
    all.put("create-makes-nothing", "return null;");
    all.put(
        "create-hangs",
        "try { " + HANG + " } catch (InterruptedException e) { } throw new Error(\"late\");");
    all.put("start-throws", created("throw new IllegalStateException(\"no luck\");", "", ""));
    all.put(
        "start-overflows",
        created("deeper(1); } int deeper(int a) { return deeper(a + 1) + a;", "", ""));
    all.put("start-hangs", created(HANG, "", ""));
    all.put(
        "start-says-why",
        created(
            "throw new dev.gatehouse.api.GatehouseException("
                + "dev.gatehouse.api.StandardErrorCode.ADDRESS_IN_USE, \"Port 7 is in use.\","
                + " \"Choose another.\");",
            "",
            ""));
    return all;
  }

  static Stream<String> namesOfThoseFailingToStart() {
    return failingToStart().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("namesOfThoseFailingToStart")
  void whoFailsToStartIsNamedAndTheOthersStartWithoutIt(String name) throws IOException {
    var jars = jars();
    stage(jars, "good", created("", "", "")).into("good");
    stage(jars, name, failingToStart().getOrDefault(name, "")).into(name);

    var problem =
        catchThrowableOfType(
            GatehouseException.class, () -> gateway(jars.plugins()).start().close());
    Documented.assertSays("When it is started", name, String.valueOf(problem.getMessage()));

    DisabledPlugins.set(jars.plugins().resolve(name), name, true);
    try (var gateway = gateway(jars.plugins()).start()) {
      assertThat(gateway.plugins()).containsKey(new PluginId("good"));
      assertThat(gateway.plugins()).doesNotContainKey(new PluginId(name));
    }
  }

  static Stream<String> namesOfThoseMisreading() {
    return Stream.of("configure-throws", "configure-makes-nothing");
  }

  @ParameterizedTest
  @MethodSource("namesOfThoseMisreading")
  void whoFailsToReadItsSectionIsNamed(String name) throws IOException {
    var jars = jars();
    var module = "living." + name.replace("-", "");
    jars.stage(module, name)
        .source(
            module + ".Provider",
            PluginJars.stageProvider(module, name, "")
                .replace(
                    "return new Config();",
                    name.endsWith("throws")
                        ? "throw new IllegalStateException(\"no luck\");"
                        : "return null;"))
        .into(name);

    var problem =
        catchThrowableOfType(
            GatehouseException.class, () -> gateway(jars.plugins()).start().close());

    Documented.assertSays("When it is started", name, String.valueOf(problem.getMessage()));
  }

  @Test
  void whoNeverStopsOrClosesIsLeftBehindAndTheOthersAreClosed() throws IOException {
    var jars = jars();
    stage(jars, "stop-hangs", created("", HANG, "")).into("stop-hangs");
    stage(jars, "close-throws", created("", "", "throw new IllegalStateException();"))
        .into("close-throws");
    stage(
            jars,
            "close-hangs",
            created("", "", "try { " + HANG + " } catch (InterruptedException e) { }"))
        .into("close-hangs");

    gateway(jars.plugins()).start().close();

    assertThat(journal.entries()).contains("close store", "close tun", "close admin");
  }

  @Test
  void eachOfTwoPluginsSeesItsOwnVersionOfALibrary() throws IOException {
    var jars = jars();
    for (var number : List.of("one", "two")) {
      Path library =
          jars.module("shared.library")
              .info("exports shared.library;")
              .source(
                  "shared.library.Version",
                  "package shared.library; public class Version { public static String text() {"
                      + " return \""
                      + number
                      + "\"; } "
                      + (number.equals("two") ? "public static void onlyInTwo() {} " : "")
                      + "}")
              .into(number);
      var module = "living." + number;
      stage(
              jars,
              number,
              created("", "", "")
                  .replace(
                      "public void close",
                      "public java.util.Map<String, Object> status() { "
                          + (number.equals("two") ? "shared.library.Version.onlyInTwo(); " : "")
                          + "return java.util.Map.of(\"library\", shared.library.Version.text()); }"
                          + " public void close"))
          .with(library)
          .info(
              "requires dev.gatehouse.api; requires shared.library; provides"
                  + " dev.gatehouse.api.spi.StageProvider with "
                  + module
                  + ".Provider;")
          .into(number);
    }

    try (var gateway = gateway(jars.plugins()).start()) {
      for (var number : List.of("one", "two")) {
        var plugin = java.util.Objects.requireNonNull(gateway.plugins().get(new PluginId(number)));
        assertThat(plugin.status()).isEqualTo(Map.of("library", number));
      }
    }
  }

  @Test
  void noJarStaysOpenAfterTheEnd() throws IOException {
    var files = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(files), "this system does not list open files");
    var jars = jars();
    stage(jars, "good", created("", "", "")).into("good");
    gateway(jars.plugins()).start().close();

    try (var open = Files.list(files)) {
      assertThat(open.map(RunningPluginsTest::target))
          .noneMatch(target -> target.startsWith(jars.plugins().toString()));
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  @Test
  void aDisabledPluginKeepsItsSectionButMayNotBeNamed() throws IOException {
    var jars = jars();
    stage(jars, "good", created("", "", "")).into("good");
    DisabledPlugins.set(jars.plugins().resolve("good"), "good", true);

    gateway(jars.plugins()).configuration("[good]\nsomething = 1\n").start().close();
    var problem =
        catchThrowableOfType(
            GatehouseException.class,
            () ->
                gateway(jars.plugins())
                    .configuration("[plugins]\nstages = [\"policy\", \"good\"]\n")
                    .start()
                    .close());

    assertThat(problem.getMessage())
        .contains(
            "The stage plugin 'good' is wanted, but it is disabled; enable it with 'gatehouse"
                + " plugins enable good', or take it out of plugins.stages.");
  }
}
