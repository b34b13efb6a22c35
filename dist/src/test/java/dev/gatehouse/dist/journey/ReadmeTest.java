package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works as it stands there. */
class ReadmeTest {

  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

  @TempDir Path directory;

  @Test
  void everyConfigurationPassesTheCheck() throws Exception {
    var blocks = blocks("toml");
    assertThat(blocks).isNotEmpty();
    for (var block : blocks) {
      var file = Files.writeString(directory.resolve("gatehouse.toml"), block);
      var checked = gatehouse("check", "--config", file.toString());
      assertThat(checked.exitCode()).as(checked + "\n" + block).isZero();
    }
  }

  @Test
  void theExampleConfigurationInTheBundlePassesTheCheck() throws Exception {
    var example = Bundle.home().resolve("conf/gatehouse.toml.example");
    var checked = gatehouse("check", "--config", example.toString());
    assertThat(checked.exitCode()).as(checked.toString()).isZero();
  }

  @Test
  void everyCommandIsOneTheProgramKnows() throws Exception {
    var commands =
        blocks("sh").stream()
            .flatMap(String::lines)
            .map(line -> line.replaceFirst("^sudo ", ""))
            .filter(line -> line.startsWith("./gatehouse ") && !line.contains(" demo"))
            .map(line -> line.replaceFirst("#.*", "").strip().split("\\s+"))
            .toList();
    assertThat(commands).hasSizeGreaterThan(5);
    for (var command : commands) {
      var arguments = new ArrayList<>(Arrays.asList(command).subList(1, command.length));
      arguments.add("--help");
      var helped = gatehouse(arguments.toArray(String[]::new));
      assertThat(helped.exitCode()).as(helped.toString()).isZero();
    }
  }

  @Test
  void theEmbeddingExampleCompiles() throws Exception {
    var source = java("public final class Appliance");
    var file = Files.writeString(directory.resolve("Appliance.java"), source);
    var jars = Bundle.hostJars().stream().map(Path::toString).toList();
    compile("--class-path", String.join(File.pathSeparator, jars), file.toString());
  }

  @Test
  void thePluginCompilesAndIsFound() throws Exception {
    var sources = Files.createDirectories(directory.resolve("sources/com/example/greeter"));
    var descriptor =
        Files.writeString(
            directory.resolve("sources/module-info.java"), java("module com.example.greeter"));
    var provider =
        Files.writeString(
            sources.resolve("GreeterProvider.java"), java("class GreeterProvider implements"));
    compile(
        "--module-path",
        Bundle.home().resolve("lib").toString(),
        descriptor.toString(),
        provider.toString());
    var plugins = directory.resolve("plugins");
    Files.createDirectories(plugins.resolve("greeter"));
    run(
        "jar",
        "--create",
        "--file",
        plugins.resolve("greeter/greeter.jar").toString(),
        "-C",
        classes().toString(),
        ".");

    var both =
        List.of("--plugins", Bundle.home().resolve("plugins") + "", "--plugins", plugins + "");
    assertThat(gatehouse("plugins", both).out()).contains("greeter", "Greets whoever connects.");
    assertThat(gatehouse("check", both).exitCode()).isZero();
    assertThat(gatehouse("check --describe", both).out()).contains("[greeter]", "What to say.");
  }

  private static Outcome gatehouse(String command, List<String> options) throws Exception {
    var arguments = new ArrayList<>(Arrays.asList(command.split(" ")));
    arguments.addAll(options);
    return gatehouse(arguments.toArray(String[]::new));
  }

  private static Outcome gatehouse(String... arguments) throws Exception {
    return BadInputTest.run(Bundle.program(), arguments);
  }

  private void compile(String... arguments) {
    var all = new ArrayList<>(List.of("-Xlint:all,-requires-automatic", "-d", classes() + ""));
    all.addAll(Arrays.asList(arguments));
    run("javac", all.toArray(String[]::new));
  }

  private static void run(String tool, String... arguments) {
    var said = new StringWriter();
    var out = new PrintWriter(said);
    int code = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
    assertThat(code).as("%s said:%n%s", tool, said).isZero();
  }

  private Path classes() {
    return directory.resolve("classes");
  }

  private static String java(String marker) throws IOException {
    return blocks("java").stream()
        .filter(block -> block.contains(marker))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no example with '" + marker + "'"));
  }

  private static List<String> blocks(String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(Bundle.sources().resolve("README.md")))
        .results()
        .filter(found -> found.group(1).equals(language))
        .map(found -> found.group(2))
        .toList();
  }
}
