package dev.gatehouse.dist.start;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse prepare}: what it makes is used as long as it is right, and no longer. */
@Tag("kernel")
class PreparedStartTest {

  private static final String HOST = "dev.gatehouse.launcher.Main source: shared objects file";
  private static final String PLUGIN =
      "dev.gatehouse.crypto.WireGuardProvider source: shared objects file";

  @TempDir private static Path directory;

  private static Path home() {
    return directory.resolve("gatehouse");
  }

  private static Path cache() {
    return home().resolve("lib/gatehouse.aot");
  }

  /** A bundle of its own, because the one under test is to stay as it was built. */
  @BeforeAll
  static void prepare() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "the start script for Linux is tested");
    copy(Bundle.home(), home());
    var said = gatehouse(Map.of(), "prepare");
    assertThat(cache()).as(said).isNotEmptyFile();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        var target = to.resolve(from.relativize(file).toString());
        var name = target.getFileName().toString();
        if (!name.startsWith("gatehouse.aot")) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
          boolean program = Files.isDirectory(file) || Files.isExecutable(file);
          Files.setPosixFilePermissions(
              target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  private static String gatehouse(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(home().resolve("bin/gatehouse").toString()));
    command.addAll(Arrays.asList(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("GATEHOUSE_"));
    builder.environment().putAll(environment);
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ended").isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** Where the classes of a short command came from. */
  private static String classesOf(String... arguments) throws IOException, InterruptedException {
    var log = Files.createTempFile(directory, "classes", ".log");
    gatehouse(Map.of("GATEHOUSE_JAVA_OPTIONS", "-Xlog:class+load:file=" + log), arguments);
    return Files.readString(log);
  }

  private static Path emptyConfiguration() throws IOException {
    return Files.writeString(
        directory.resolve("gatehouse.toml"),
        """
        state-directory = "%s"
        # [plugins] is not here, and this is another directory:
        [log]
        directory = "%s"
        """
            .formatted(directory.resolve("state"), directory.resolve("logs")));
  }

  private static String[] check(Path configuration) {
    return new String[] {"check", "--config", configuration.toString()};
  }

  @Test
  void classesOfHostAndPluginsComeFromTheCache() throws Exception {
    assertThat(classesOf(check(emptyConfiguration()))).contains(HOST, PLUGIN);
  }

  @Test
  void nothingOfTheCacheIsUsedWhenAnyFileOfTheBundleIsAnother() throws Exception {
    var jar = Bundle.jarsIn(home().resolve("plugins/gateway")).getFirst();
    var before = Files.getLastModifiedTime(jar);
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    try {
      assertThat(classesOf(check(emptyConfiguration())))
          .doesNotContain(HOST)
          .doesNotContain(PLUGIN);
    } finally {
      Files.setLastModifiedTime(jar, before);
    }
  }

  @Test
  void aPluginThatIsAddedHasALayerOfItsOwnAndSoHaveAllOthersThen() throws Exception {
    var added = Files.createDirectory(home().resolve("plugins/another"));
    try {
      assertThat(classesOf(check(emptyConfiguration())))
          .doesNotContain(HOST)
          .doesNotContain(PLUGIN);
    } finally {
      Files.delete(added);
    }
  }

  @Test
  void otherPluginDirectoriesAreLookedAtByAHostWithoutResidents() throws Exception {
    var elsewhere = home().resolve("plugins");
    var configuration =
        Files.writeString(
            directory.resolve("elsewhere.toml"),
            "state-directory = \"%s\"\n[plugins]\ndirectory = \"%s\"\n"
                .formatted(directory.resolve("state"), elsewhere));
    assertThat(classesOf(check(configuration))).doesNotContain(HOST);
    assertThat(
            classesOf("check", "-c", emptyConfiguration().toString(), "--plugins", "" + elsewhere))
        .doesNotContain(HOST);
  }

  @Test
  void whatOthersMayHaveWrittenIsNotUsed() throws Exception {
    Files.setPosixFilePermissions(cache(), PosixFilePermissions.fromString("rw-rw-rw-"));
    try {
      assertThat(classesOf("--version")).doesNotContain(HOST);
    } finally {
      Files.setPosixFilePermissions(cache(), PosixFilePermissions.fromString("rw-r--r--"));
    }
  }

  @Test
  void aCacheThatIsCutOffIsIgnoredWithoutAWord() throws Exception {
    var whole = Files.readAllBytes(cache());
    try {
      Files.write(cache(), Arrays.copyOf(whole, whole.length / 2));
      assertThat(gatehouse(Map.of(), "--version").lines())
          .allMatch(line -> line.matches("(gatehouse|Java|Linux) .*"));
    } finally {
      Files.write(cache(), whole);
    }
  }

  @Test
  void aProfileThatDoesNotExistIsSaid() throws Exception {
    var builder = new ProcessBuilder(home().resolve("bin/gatehouse").toString(), "--version");
    builder.environment().put("GATEHOUSE_PROFILE", "huge");
    var process = builder.redirectErrorStream(true).start();
    assertThat(process.getInputStream())
        .hasContent(
            "gatehouse: GATEHOUSE_PROFILE is 'huge', which is none of small, default and server.");
    assertThat(process.waitFor()).isEqualTo(2);
  }
}
