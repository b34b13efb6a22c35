package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is in the outputs, and that nothing in them depends on when and where they were made. */
@Timeout(900)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "bundles are made there")
class ContentTest {

  /** The outputs, and where in each the bundle and its papers are. */
  enum Kind {
    X64("", ""),
    NOARCH("", ""),
    DEB("usr/lib/gatehouse", "usr/share/doc/gatehouse"),
    WINDOWS("", "");

    private final String bundle;
    private final String papers;

    Kind(String bundle, String papers) {
      this.bundle = bundle;
      this.papers = papers;
    }

    private Path file() {
      return switch (this) {
        case X64 -> Outputs.x64();
        case NOARCH -> Outputs.noarch();
        case DEB -> Outputs.deb();
        case WINDOWS -> Outputs.windows();
      };
    }
  }

  @TempDir Path work;

  @BeforeAll
  static void bundlesCanBeMade() {
    Program.needsInventory();
  }

  private static List<Path> files(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static String digest(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyJarIsInTheInventoryAndHasALicence(Kind kind) throws Exception {
    var root = Outputs.unpacked(kind.file(), work);
    var bundle = root.resolve(kind.bundle);
    var papers = root.resolve(kind.papers);
    var inventory = JsonMapper.shared().readTree(papers.resolve("sbom.cdx.json").toFile());
    assertThat(inventory.get("bomFormat").asString()).isEqualTo("CycloneDX");
    Map<String, JsonNode> parts = new HashMap<>();
    for (var part : inventory.get("components")) {
      for (var hash : part.path("hashes")) {
        if (hash.get("alg").asString().equals("SHA-256")) {
          parts.put(hash.get("content").asString(), part);
        }
      }
    }
    var index = Files.readAllLines(papers.resolve("licences/INDEX.txt"));
    var jars =
        files(bundle).stream()
            .filter(file -> file.toString().endsWith(".jar"))
            .filter(file -> !file.startsWith(bundle.resolve("runtime")))
            .toList();
    assertThat(jars).hasSizeGreaterThan(50);
    for (var jar : jars) {
      var name = jar.getFileName().toString();
      var digest = digest(jar);
      assertThat(parts).as("%s is in the inventory", name).containsKey(digest);
      var part = Objects.requireNonNull(parts.get(digest));
      assertThat(part.path("licenses").size()).as("%s has a licence", name).isPositive();
      var line =
          index.stream()
              .filter(each -> name.startsWith(each.substring(0, each.indexOf("  "))))
              .findFirst();
      assertThat(line).as("%s is in the list of licences", name).isPresent();
      if (!name.startsWith("gatehouse-")) {
        var texts = line.get().substring(line.get().lastIndexOf("  ") + 2).split(", ", -1);
        for (var text : texts) {
          assertThat(papers.resolve("licences").resolve(text)).as(name).isNotEmptyFile();
        }
      }
    }
    assertThat(parts)
        .as("nothing else is in the inventory")
        .hasSameSizeAs(jars.stream().map(ContentTest::digestOf).distinct().toList());
    boolean hasRuntime = kind == Kind.X64 || kind == Kind.DEB;
    assertThat(inventory.toString().contains("pkg:generic/openjdk")).isEqualTo(hasRuntime);
    assertThat(Files.exists(bundle.resolve("runtime/bin/java"))).isEqualTo(hasRuntime);
    if (hasRuntime) {
      assertThat(bundle.resolve("runtime/legal/java.base")).isNotEmptyDirectory();
    }
    assertThat(files(root))
        .as("what start scripts make on the spot is not handed out")
        .noneMatch(file -> file.getFileName().toString().startsWith("gatehouse.aot"));
  }

  private static String digestOf(Path file) {
    try {
      return digest(file);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void checksumsFitAndNameEveryOutput() throws Exception {
    var lines = Files.readAllLines(Outputs.directory().resolve("SHA256SUMS"));
    for (var line : lines) {
      var words = line.split(" [ *]", 2);
      assertThat(digest(Outputs.directory().resolve(words[1]))).isEqualTo(words[0]);
    }
    assertThat(lines.stream().map(line -> line.split(" [ *]", 2)[1]))
        .containsExactlyElementsOf(
            Stream.of(Outputs.x64(), Outputs.noarch(), Outputs.deb(), Outputs.windows())
                .map(file -> file.getFileName().toString())
                .sorted()
                .toList());
  }

  @Test
  void archivesShowNoTimeNoUserAndNoOrderOfTheMachineTheyWereMadeOn() {
    for (var archive : List.of(Outputs.x64(), Outputs.noarch())) {
      var names = Program.run("tar", "-tzf", archive.toString()).lines().toList();
      assertThat(names.stream().map(name -> name.replace('/', '\0')))
          .as("names are sorted")
          .isSorted();
      assertThat(
              Program.run(
                      "sh",
                      "-c",
                      "TZ=UTC tar --numeric-owner --full-time -tvzf \"$1\" | tr -s ' ' |"
                          + " cut -d' ' -f2,4,5 | sort -u",
                      "sh",
                      archive.toString())
                  .lines())
          .containsExactly("0/0 2026-01-01 00:00:00");
      assertThat(
              Program.run("sh", "-c", "head -c 10 \"$1\" | od -An -tx1", "sh", archive.toString()))
          .as("the time in gzip's header is zero")
          .startsWith(" 1f 8b 08 00 00 00 00 00");
    }
  }

  @Test
  void theRuntimeHasTheModulesThatTheJarsAskFor() throws IOException {
    var listed = new TreeSet<String>();
    var leftOut = new TreeSet<String>();
    var list = Bundle.sources().resolve("dist/src/main/runtime/modules.txt");
    for (var line : Files.readAllLines(list)) {
      if (line.startsWith("-")) {
        assertThat(line).as("left out with a reason").matches("-[a-z.]+  .{10,}");
        leftOut.add(line.substring(1, line.indexOf(' ')));
      } else if (!line.startsWith("#") && !line.isBlank()) {
        listed.add(line.strip());
      }
    }
    var directories =
        Stream.concat(Stream.of(Bundle.home().resolve("lib")), Bundle.pluginDirectories().stream());
    for (var directory : directories.toList()) {
      for (var module : ModuleFinder.of(directory).findAll()) {
        for (var required : module.descriptor().requires()) {
          if (required.name().startsWith("java.") || required.name().startsWith("jdk.")) {
            boolean optional = required.modifiers().contains(Modifier.STATIC);
            assertThat(
                    listed.contains(required.name())
                        || (optional && leftOut.contains(required.name())))
                .as("%s asks for %s", module.descriptor().name(), required.name())
                .isTrue();
          }
        }
      }
    }
    var release =
        Program.run(
            "sh",
            "-c",
            "tar -xzOf \"$1\" --wildcards '*/runtime/release'",
            "sh",
            Outputs.x64().toString());
    for (var module : listed) {
      assertThat(release).contains(module);
    }
  }
}
