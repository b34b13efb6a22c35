package dev.gatehouse.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bundle for Windows, which is built here and was never run there. */
@Timeout(240)
class WindowsBundleTest {

  private static final Path WINE = Path.of("/usr/lib/wine/wine64");
  private static final String GCC = "x86_64-w64-mingw32-gcc";

  private final Map<String, byte[]> content = new TreeMap<>();

  @TempDir Path directory;

  @BeforeEach
  void readTheArchive() throws IOException {
    var target = Bundle.home().getParent();
    List<Path> archives;
    try (var files = Files.list(target)) {
      archives =
          files.filter(file -> file.getFileName().toString().endsWith("-windows-x64.zip")).toList();
    }
    assertThat(archives).hasSize(1);
    assertThat(archives.getFirst().getFileName().toString())
        .matches("gatehouse-[0-9.]+-windows-x64\\.zip");
    try (var zip = new ZipFile(archives.getFirst().toFile())) {
      for (var entry : zip.stream().filter(each -> !each.isDirectory()).toList()) {
        var name = entry.getName();
        assertThat(name).as("one folder holds all").matches("gatehouse-[0-9.]+/.+");
        content.put(
            name.substring(name.indexOf('/') + 1), zip.getInputStream(entry).readAllBytes());
      }
    }
  }

  private String text(String name) {
    assertThat(content).containsKey(name);
    return new String(content.get(name), StandardCharsets.UTF_8);
  }

  private List<String> jars() {
    return content.keySet().stream().filter(name -> name.endsWith(".jar")).toList();
  }

  @Test
  void scriptsDocumentsAndLicencesAreThereWithLinesAsWindowsHasThem() {
    for (var name :
        List.of(
            "README.txt",
            "LICENSE.txt",
            "licences/README.txt",
            "docs/windows.md",
            "bin/gatehouse.cmd",
            "bin/find-jdk.cmd",
            "conf/gatehouse.toml.example",
            "service/GatehouseService.cs",
            "service/install-service.ps1",
            "service/uninstall-service.ps1")) {
      assertThat(text(name)).as(name).doesNotContainPattern("[^\r]\n").contains("\r\n");
      assertThat(text(name).chars()).as("%s is plain ASCII", name).allMatch(c -> c < 128);
    }
  }

  @Test
  void nothingForeignIsInIt() {
    assertThat(content.keySet())
        .noneMatch(name -> name.matches("(?i).*\\.(exe|dll|sys|so|msi)"))
        .noneMatch(name -> name.contains("linux"))
        .noneMatch(name -> name.contains("testkit"));
  }

  @Test
  void pluginsAreTheBundlesWithoutThoseOfLinux() {
    var expected =
        Bundle.pluginDirectories().stream()
            .map(each -> each.getFileName().toString())
            .filter(name -> !name.endsWith("-linux"))
            .toList();
    assertThat(
            jars().stream()
                .filter(name -> name.startsWith("plugins/"))
                .map(name -> name.split("/", -1)[1])
                .distinct())
        .containsExactlyInAnyOrderElementsOf(expected)
        .contains("tun-windows");
  }

  @Test
  void theNativePartForWindowsIsThere() throws IOException {
    var name =
        jars().stream()
            .filter(each -> each.matches("plugins/tun-windows/jffi-.*-native\\.jar"))
            .findFirst()
            .orElseThrow();
    var jar = Files.write(directory.resolve("native.jar"), content.get(name));
    try (var zip = new ZipFile(jar.toFile())) {
      assertThat(zip.stream().map(Object::toString).toList())
          .anyMatch(entry -> entry.matches("jni/x86_64-Windows/jffi-.*\\.dll"));
    }
  }

  @Test
  void everyLibraryHasItsLicenceNamed() {
    var known =
        text("licences/README.txt")
            .lines()
            .filter(line -> line.matches("[a-z0-9-]+ {2,}.*"))
            .map(line -> line.substring(0, line.indexOf(' ')))
            .toList();
    assertThat(known).isNotEmpty();
    for (var jar : jars()) {
      var file = jar.substring(jar.lastIndexOf('/') + 1);
      assertThat(file.startsWith("gatehouse-") || known.stream().anyMatch(file::startsWith))
          .as("the licence of %s is named in licences/README.txt", file)
          .isTrue();
    }
  }

  @Test
  void stateIsForAdministratorsAndTheSystemWhateverTheirNamesAre() {
    assertThat(text("service/install-service.ps1"))
        .contains(
            "icacls.exe $data /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F'"
                + " '*S-1-5-18:(OI)(CI)F'")
        .contains("$env:ProgramData")
        .contains("sc.exe failure Gatehouse");
    assertThat(text("service/GatehouseService.cs"))
        .contains("--until-end-of-input")
        .contains("StandardInput.Close()");
    assertThat(text("docs/windows.md")).contains("has ever been run on Windows");
    assertThat(text("README.txt")).contains("JDK 25").contains("ever been run on Windows");
  }

  private Path unpack(Path to) throws IOException {
    for (var entry : content.entrySet()) {
      var file = to.resolve(entry.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, entry.getValue());
    }
    return to;
  }

  private String run(Map<String, String> environment, Path in, List<String> command, int exitCode)
      throws Exception {
    var builder = new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var output = directory.resolve("output.txt");
    var process = builder.redirectOutput(output.toFile()).start();
    process.getOutputStream().close();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    var text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as("%s%n%s", command, text).isEqualTo(exitCode);
    return text;
  }

  /** The options are those of the script, so the modules of the bundle fit together. */
  @Test
  void itsModulesFitTogetherWithTheOptionsOfItsScript() throws Exception {
    var home = unpack(directory.resolve("Gatehouse"));
    var script = text("bin/gatehouse.cmd");
    var command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    for (var line : script.split("\r\n", -1)) {
      if (line.startsWith("  -") || line.startsWith("  \"-")) {
        Arrays.stream(line.strip().replace(" ^", "").replace("%*", "").strip().split(" ", -1))
            .map(word -> word.replace("\"", "").replace("%GATEHOUSE_HOME%", home.toString()))
            .map(word -> word.replace('\\', '/'))
            .forEach(command::add);
      }
    }
    assertThat(command).contains("--module-path", home + "/lib", "--module");
    command.add("plugins");
    assertThat(run(Map.of(), home, command, 0))
        .contains("tun-windows")
        .contains("Wintun driver of Windows");
  }

  /**
   * Wine has a command interpreter; instead of Java there is a program that shows its arguments.
   */
  @Test
  void theScriptFindsTheJdkAndStartsIt() throws Exception {
    assumeTrue(
        Files.isExecutable(WINE),
        "Wine is missing (Debian package wine64; ./tools/install-peers --wine installs it), so the"
            + " script for Windows is not run");
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(each -> Files.isExecutable(Path.of(each, GCC))),
        GCC + " is missing (Debian package gcc-mingw-w64-x86-64-win32)");
    var home = unpack(directory.resolve("Gate house"));
    var source =
        Files.writeString(
            directory.resolve("show.c"),
            """
            #include <stdio.h>
            int main(int count, char **word) {
              for (int i = 1; i < count; i++) printf("<%s>\\n", word[i]);
              return 7;
            }
            """);
    var show = directory.resolve("show.exe");
    run(Map.of(), directory, List.of(GCC, "-o", show.toString(), source.toString()), 0);
    for (var jdk : List.of("jdk 25", "jdk-17")) {
      var java = directory.resolve(jdk).resolve("bin/java.exe");
      Files.createDirectories(java.getParent());
      Files.copy(show, java);
      Files.writeString(
          directory.resolve(jdk).resolve("release"),
          "IMPLEMENTOR=\"Somebody\"\nJAVA_VERSION=\"" + jdk.substring(4) + ".0.1\"\n");
    }
    var wine = List.of(WINE.toString(), "cmd", "/c", "gatehouse.cmd", "run", "--config", "a.toml");

    var found = run(wineWith("JAVA_HOME", "jdk 25"), home.resolve("bin"), wine, 7);
    assertThat(found)
        .contains("<--module-path>")
        .containsPattern("<Z:.*\\\\Gate house\\\\lib>")
        .containsPattern("<-Dgatehouse\\.plugins=Z:.*\\\\Gate house\\\\plugins>")
        .contains("<dev.gatehouse.launcher/dev.gatehouse.launcher.Main>")
        .contains("<run>")
        .contains("<a.toml>");

    assertThat(run(wineWith("JAVA_HOME", "jdk-17"), home.resolve("bin"), wine, 2))
        .contains("Gatehouse needs a 64-bit JDK 25")
        .contains("set JAVA_HOME");

    Files.move(directory.resolve("jdk 25"), home.resolve("runtime"));
    assertThat(run(wineWith("JAVA_HOME", "jdk-17"), home.resolve("bin"), wine, 7))
        .contains("<run>");
  }

  private Map<String, String> wineWith(String variable, String jdk) throws IOException {
    return Map.of(
        variable,
        "Z:" + directory.resolve(jdk).toString().replace('/', '\\'),
        "WINEPREFIX",
        Bundle.home().resolveSibling("wine").toString(),
        "HOME",
        Files.createDirectories(directory.resolve("home")).toString(),
        "WINEDEBUG",
        "-all",
        "WINEDLLOVERRIDES",
        "mscoree=;mshtml=",
        "DISPLAY",
        "");
  }
}
