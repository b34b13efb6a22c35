package dev.gatehouse.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.launcher.plugin.PluginJars;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own, with plugins that do next to nothing. */
@Timeout(300)
class ProcessTest {

  private static final List<String[]> KINDS =
      List.of(
          new String[] {
            "AuthorizationStore", "dev.gatehouse.api.store.AuthorizationStore", "store"
          },
          new String[] {"Tun", "dev.gatehouse.api.spi.TunDevice", "tun"},
          new String[] {"Transport", "dev.gatehouse.api.spi.Transport", "transport"},
          new String[] {"Tunnel", "dev.gatehouse.api.spi.Tunnel", "tunnel"},
          new String[] {"Stage", "dev.gatehouse.api.spi.Plugin", "policy"});

  @TempDir Path work;

  private static final String EMBEDDING =
      """
      import dev.gatehouse.launcher.Gatehouse;
      import java.nio.file.Path;
      class Embedding {
        public static void main(String[] arguments) throws Exception {
          try (var gateway = Gatehouse.builder()
              .provider(new acme.all.AuthorizationStore()).provider(new acme.all.Tun())
              .provider(new acme.all.Transport()).provider(new acme.all.Tunnel())
              .provider(new acme.all.Stage())
              .stateDirectory(Path.of(arguments[0])).start()) {
            System.out.println("running with " + gateway.plugins().keySet());
          }
          System.out.println("in " + Gatehouse.class.getModule());
        }
      }
      """;

  private Path config = Path.of("");

  @BeforeEach
  void pluginsAreCompiled() throws IOException {
    var jars = new PluginJars(work);
    var info = new StringBuilder("requires dev.gatehouse.api;");
    var module = jars.module("acme.all");
    for (var kind : KINDS) {
      info.append(
          "provides dev.gatehouse.api.spi.%1$sProvider with acme.all.%1$s;".formatted(kind[0]));
      module.source("acme.all." + kind[0], source(kind[0], kind[1], kind[2]));
    }
    module.info(info.toString()).into("all");
    config =
        Files.writeString(
            work.resolve("gatehouse.toml"),
            "state-directory = \"state\"\n[plugins]\ndirectory = \"plugins\"\n");
  }

  private static String source(String kind, String type, String id) {
    var lanes =
        kind.equals("Stage")
            ? "public java.util.Set<dev.gatehouse.api.packet.Lane> consumes() { return"
                + " java.util.Set.of(dev.gatehouse.api.packet.Lane.FROM_TUN,"
                + " dev.gatehouse.api.packet.Lane.FROM_TUNNEL); }"
            : "";
    return """
    package acme.all;
    public class %1$s implements dev.gatehouse.api.spi.%1$sProvider<%1$s.Config> {
      public record Config(boolean hang, boolean hangAtStop) {}
      public dev.gatehouse.api.spi.PluginId id() {
        return new dev.gatehouse.api.spi.PluginId("%3$s");
      }
      public String summary() { return "For tests."; }
      public Config configure(dev.gatehouse.api.config.ConfigReader section) {
        return new Config(section.flag("hang").orElse(false), section.flag("hang-at-stop").orElse(false));
      }
      %4$s
      public %2$s create(Config config, dev.gatehouse.api.spi.PluginContext context) {
        return (%2$s) java.lang.reflect.Proxy.newProxyInstance(
            %1$s.class.getClassLoader(), new Class<?>[] {%2$s.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("start") && config.hang()
                  || method.getName().equals("stop") && config.hangAtStop()) {
                System.out.println("hanging");
                new java.util.concurrent.CountDownLatch(1).await();
              }
              return switch (method.getName()) {
                case "name" -> "fake0";
                case "listening" -> java.util.List.of();
                case "publicKey" -> dev.gatehouse.api.model.PublicKey.of(new byte[32]);
                default -> null;
              };
            });
      }
    }
    """
        .formatted(kind, type, id, lanes);
  }

  private Process start(String... arguments) throws IOException {
    // A test run that was started in the background hands down an ignored SIGINT.
    var command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--module-path", modulePath(), "--sun-misc-unsafe-memory-access=allow"));
    command.add("--enable-native-access=dev.gatehouse.launcher,io.netty.common");
    command.addAll(List.of("--module", "dev.gatehouse.launcher/dev.gatehouse.launcher.Main"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }

  /** The module path of this test without what only tests need. */
  private static String modulePath() throws IOException {
    var path = System.getProperty("jdk.module.path", "");
    assumeTrue(!path.isEmpty(), "the tests do not run on the module path");
    return path;
  }

  private static List<String> readUntil(BufferedReader reader, String text) throws IOException {
    var lines = new ArrayList<String>();
    for (var line = reader.readLine(); line != null; line = reader.readLine()) {
      lines.add(line);
      if (line.contains(text)) {
        return lines;
      }
    }
    throw new AssertionError("'" + text + "' did not come, but " + lines);
  }

  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
    return process.exitValue();
  }

  @Test
  void aCleanRunSaysReadyAndEndsWithZeroOnSigterm() throws Exception {
    assumeTrue(File.separatorChar == '/', "signals are sent with kill");
    var process = start("run", "-c", config.toString());
    var out = process.inputReader();
    var lines = new ArrayList<>(readUntil(out, "gatehouse ready"));
    signal(process, "TERM");
    lines.addAll(out.lines().toList());

    assertThat(exit(process)).isZero();
    assertThat(process.errorReader().lines()).as("standard error").isEmpty();
    assertThat(lines).allMatch(line -> line.contains("\"severity\":\"INFO\""));
    assertThat(lines.getFirst())
        .contains("gatehouse starting", "\"version\"", "\"revision\"", "\"java\"", "\"system\"")
        .contains("store 1.2.3");
    assertThat(lines.getLast()).contains("gatehouse stopped");
  }

  @Test
  void theEndOfItsInputEndsItCleanlyIfThatIsWanted() throws Exception {
    var process = start("run", "-c", config.toString(), "--until-end-of-input");
    var out = process.inputReader();
    readUntil(out, "gatehouse ready");
    process.getOutputStream().write("words mean nothing\n".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    var rest = out.lines().toList();

    assertThat(exit(process)).isZero();
    assertThat(rest.getFirst()).contains("stopping", "end of input");
    assertThat(rest.getLast()).contains("gatehouse stopped");
  }

  @Test
  void sigintDuringTheStartEndsItCleanly() throws Exception {
    Files.writeString(config, Files.readString(config) + "[tunnel]\nhang = true\n");
    var process = start("run", "-c", config.toString());
    var out = process.inputReader();
    readUntil(out, "hanging");
    signal(process, "INT");
    var rest = out.lines().toList();

    assertThat(exit(process)).isZero();
    assertThat(rest.getLast()).contains("gatehouse stopped");
    assertThat(process.errorReader().lines()).isEmpty();
  }

  @Test
  void aSecondSignalForcesTheEnd() throws Exception {
    Files.writeString(config, Files.readString(config) + "[policy]\nhang-at-stop = true\n");
    var process = start("run", "-c", config.toString());
    var out = process.inputReader();
    readUntil(out, "gatehouse ready");
    signal(process, "TERM");
    readUntil(out, "hanging");
    signal(process, "TERM");

    assertThat(exit(process)).isEqualTo(128 + 15);
  }

  @Test
  void aSecondProcessOnOneStateDirectoryEndsWithSixAndNamesTheFirst() throws Exception {
    var first = start("run", "-c", config.toString());
    readUntil(first.inputReader(), "gatehouse ready");
    var second = start("run", "-c", config.toString());
    var said = second.errorReader().lines().toList();

    assertThat(exit(second)).isEqualTo(6);
    assertThat(said)
        .singleElement()
        .asString()
        .contains("Another gateway is using the state directory")
        .contains("process " + first.pid());

    first.destroyForcibly().waitFor();
    var third = start("run", "-c", config.toString());
    readUntil(third.inputReader(), "gatehouse ready");
    signal(third, "TERM");
    assertThat(exit(third)).as("after kill -9 of the first").isZero();
  }

  @Test
  void embeddingWorksOnTheClassPathWithoutALoggingBackend() throws Exception {
    var path =
        Stream.concat(
                Stream.of(modulePath().split(File.pathSeparator, -1)),
                Stream.of(work.resolve("plugins/all/acme.all.jar").toString()))
            .filter(element -> !element.contains("logback"))
            .collect(Collectors.joining(File.pathSeparator));
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--class-path",
                path,
                "--enable-native-access=ALL-UNNAMED",
                Files.writeString(work.resolve("Embedding.java"), EMBEDDING).toString(),
                work.resolve("embedded").toString())
            .start();
    var out = process.inputReader().lines().toList();
    var err = process.errorReader().lines().toList();

    assertThat(exit(process)).as(err.toString()).isZero();
    assertThat(out)
        .containsExactly("running with [store, tun, transport, tunnel, policy]", out.getLast());
    assertThat(out.getLast()).startsWith("in unnamed module");
    assertThat(err).allMatch(line -> line.startsWith("SLF4J"), "nothing but SLF4J's own notice");
  }
}
