package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads, and what the exit code says, when something is wrong before anything runs. */
class BadInputTest {

  static final int USAGE = 2;
  static final int CONFIGURATION = 3;
  static final int PLUGIN = 4;

  @TempDir Path directory;

  @Test
  void aCorrectConfigurationPassesTheCheck() throws Exception {
    var checked = check("[tun]\nmtu = 1400\n");
    assertThat(checked.exitCode()).as(checked.toString()).isZero();
    assertSentencesOnly(checked);
  }

  @Test
  void anUnknownKeyIsNamedTogetherWithTheNearestOne() throws Exception {
    var checked = check("[tun]\nmut = 1400\n");
    assertThat(checked.exitCode()).isEqualTo(CONFIGURATION);
    assertThat(checked.all()).contains("mut").contains("mtu");
    assertSentencesOnly(checked);
  }

  @Test
  void everyProblemIsReportedAtOnce() throws Exception {
    var checked =
        check(
            """
            [tun]
            mtu = "many"
            name = "much-too-long-for-an-interface"
            [tunnel]
            disconnect-after = "soon"
            """);
    assertThat(checked.exitCode()).isEqualTo(CONFIGURATION);
    assertThat(checked.all()).contains("mtu").contains("name").contains("disconnect-after");
    assertSentencesOnly(checked);
  }

  @Test
  void aMissingConfigurationFileIsOneSentence() throws Exception {
    var checked = run(Bundle.program(), "check", "-c", directory.resolve("none.toml").toString());
    assertThat(checked.exitCode()).isEqualTo(CONFIGURATION);
    assertThat(checked.all()).contains("none.toml");
    assertSentencesOnly(checked);
  }

  @Test
  void anUnknownCommandShowsTheNearestOne() throws Exception {
    var refused = run(Bundle.program(), "statu");
    assertThat(refused.exitCode()).isEqualTo(USAGE);
    assertThat(refused.all()).contains("status");
    assertSentencesOnly(refused);
  }

  @Test
  void aBrokenPluginJarIsNamedAndHidesNoOther() throws Exception {
    var home = copyOfTheBundle();
    var broken = Files.createDirectories(home.resolve("plugins/broken"));
    Files.writeString(broken.resolve("broken.jar"), "this is no jar");

    var listed = run(home.resolve("bin/gatehouse"), "plugins");

    assertThat(listed.all())
        .contains("broken")
        .contains("tun-linux", "wireguard", "udp", "sqlite", "policy", "admin");
    assertSentencesOnly(listed);
  }

  @Test
  void aMissingRequiredPluginStopsTheCheck() throws Exception {
    var home = copyOfTheBundle();
    for (var jar : Bundle.jarsIn(home.resolve("plugins/crypto"))) {
      Files.delete(jar);
    }
    Files.delete(home.resolve("plugins/crypto"));
    var file = Files.writeString(directory.resolve("gatehouse.toml"), "");

    var checked = run(home.resolve("bin/gatehouse"), "check", "-c", file.toString());

    assertThat(checked.exitCode()).isEqualTo(PLUGIN);
    assertThat(checked.all()).contains("tunnel");
    assertSentencesOnly(checked);
  }

  private Outcome check(String toml) throws Exception {
    var file = Files.writeString(directory.resolve("gatehouse.toml"), toml);
    return run(Bundle.program(), "check", "-c", file.toString());
  }

  /** A copy of the bundle, which a test may spoil. */
  private Path copyOfTheBundle() throws IOException {
    var home = Files.createDirectories(directory.resolve("home"));
    Files.createDirectories(home.resolve("bin"));
    for (var script : List.of("gatehouse", "find-jdk")) {
      Files.copy(Bundle.home().resolve("bin").resolve(script), home.resolve("bin/" + script));
    }
    Files.createDirectories(home.resolve("lib"));
    for (var jar : Bundle.hostJars()) {
      Files.copy(jar, home.resolve("lib").resolve(jar.getFileName()));
    }
    for (var plugin : Bundle.pluginDirectories()) {
      var copy = Files.createDirectories(home.resolve("plugins").resolve(plugin.getFileName()));
      for (var jar : Bundle.jarsIn(plugin)) {
        Files.copy(jar, copy.resolve(jar.getFileName()));
      }
    }
    return home;
  }

  static Outcome run(Path program, String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(program.toString()));
    command.addAll(Arrays.asList(arguments));
    long started = System.nanoTime();
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Outcome(
        command, process.exitValue(), out, "", Duration.ofNanos(System.nanoTime() - started));
  }

  /** No stack trace, no class name, no warning of the Java virtual machine reaches a user. */
  static void assertSentencesOnly(Outcome outcome) {
    assertSentencesOnly(outcome.all());
  }

  static void assertSentencesOnly(String output) {
    assertThat(output)
        .doesNotContain("\tat ")
        .doesNotContain("Exception")
        .doesNotContain("Caused by")
        .doesNotContain("WARNING:");
  }
}
