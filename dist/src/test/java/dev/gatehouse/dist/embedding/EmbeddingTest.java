package dev.gatehouse.dist.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program with a gateway in it starts and closes it 100 times, and 100 times closes it while it
 * starts. Nothing of it may be left: no thread, no file descriptor, no byte of native memory that
 * Java knows of; the tolerance is zero, counted from when everything was used that is made once.
 */
class EmbeddingTest {

  private static final List<String> COMMON =
      List.of(
          "-Xmx128m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:NativeMemoryTracking=summary",
          "--sun-misc-unsafe-memory-access=allow");

  @TempDir Path directory;

  @BeforeEach
  void onLinux() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"), "the transport is Linux's, as is /proc");
  }

  private record Ended(int code, String output) {}

  @Test
  void nothingIsLeftOfManyLivesOnTheClassPath() throws Exception {
    var ended =
        run(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--class-path",
                joined(jars().toList()) + File.pathSeparator + tests()),
            "100",
            "60");

    assertThat(ended.output()).contains("gatehouse is in unnamed module");
    nothingIsLeft(ended);
  }

  @Test
  void nothingIsLeftOfManyLivesOnTheModulePath() throws Exception {
    var ended =
        run(
            List.of(
                "--module-path",
                joined(jars().toList()),
                "--add-modules",
                "ALL-MODULE-PATH,jdk.management",
                // What the package documentation of the launcher says, and the program's own.
                "--enable-native-access=dev.gatehouse.launcher,io.netty.common,"
                    + "io.netty.transport.classes.epoll,io.netty.transport.unix.common,"
                    + "org.xerial.sqlitejdbc,org.jnrproject.jffi,org.jnrproject.ffi",
                "--class-path",
                tests().toString()),
            "100",
            "60");

    assertThat(ended.output()).contains("gatehouse is in module dev.gatehouse.launcher");
    nothingIsLeft(ended);
  }

  @Test
  void whatIsLeftIsFound() throws Exception {
    var ended =
        run(
            List.of(
                "-Dgatehouse.leak=true",
                "--enable-native-access=ALL-UNNAMED",
                "--class-path",
                joined(jars().toList()) + File.pathSeparator + tests()),
            "2",
            "1");

    assertThat(ended.code()).as(ended.output()).isEqualTo(1);
    assertThat(ended.output().lines().filter(line -> line.startsWith("after")).findFirst())
        .get()
        .asString()
        .contains("left-behind", directory.resolve("left").toString());
  }

  private static void nothingIsLeft(Ended ended) {
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("two gateways with 2 keys on 2 ports")
        .contains("the other one goes on when one is closed")
        .contains("100 lives,")
        .contains("nothing is left")
        .doesNotContain("WARNING");
  }

  /** Everything in the bundle but a logging backend, which is the embedding program's choice. */
  private static Stream<Path> jars() {
    var platform = System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("amd64");
    var byName = new LinkedHashMap<String, Path>();
    Stream.concat(
            Bundle.hostJars().stream(),
            Bundle.pluginDirectories().stream().flatMap(each -> Bundle.jarsIn(each).stream()))
        .filter(jar -> !jar.getFileName().toString().startsWith("logback-"))
        .filter(jar -> !jar.toString().contains(platform ? "linux-aarch_64" : "linux-x86_64"))
        .forEach(jar -> byName.putIfAbsent(jar.getFileName().toString(), jar));
    assertThat(byName.keySet()).anyMatch(name -> name.startsWith("gatehouse-launcher"));
    return byName.values().stream();
  }

  private static String joined(List<Path> jars) {
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static Path tests() throws Exception {
    return Path.of(Cycles.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private Ended run(List<String> options, String cycles, String patience)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(COMMON);
    command.addAll(options);
    command.add(Cycles.class.getName());
    command.addAll(List.of(cycles, directory.toString(), patience));
    var output = directory.resolve("output");
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    return new Ended(process.waitFor(), Files.readString(output));
  }
}
