package dev.gatehouse.dist.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Stability;
import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is exported is written down, dated, and says how much of it may change. */
class ExportsTest {

  private static final Path GOLDEN = Bundle.sources().resolve("dist/src/test/golden-api");
  private static final boolean WRITE = Boolean.getBoolean("gatehouse.golden.write");
  private static final List<String> DATED = List.of("api", "launcher", "testkit");
  private static final Pattern SINCE = Pattern.compile("@since \\d+\\.\\d+\\.\\d+\\b");
  private static final Pattern PUBLIC =
      Pattern.compile("^public [a-z -]*(?:class|interface|record|enum) ", Pattern.MULTILINE);

  @TestFactory
  Stream<DynamicTest> whatIsExportedIsAsReviewed() {
    return Bundle.ownJars().stream()
        .map(jar -> DynamicTest.dynamicTest(module(jar).name(), () -> compareWithGolden(jar)));
  }

  private static void compareWithGolden(Path jar) throws IOException {
    var file = GOLDEN.resolve(module(jar).name() + ".txt");
    var actual = Signatures.of(jar);
    if (WRITE) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, actual);
    }
    assertThat(file)
        .as("run './build verify -Dgatehouse.golden.write=true' and review the file")
        .exists();
    assertThat(actual)
        .as(
            "What %s exports has changed. Look at the difference: may those who use it compile and"
                + " run as before (docs/compatibility.md)? If the change is wanted, run './build"
                + " verify -Dgatehouse.golden.write=true', review and commit %s, and say in"
                + " CHANGELOG.md what users have to do.",
            module(jar).name(), Bundle.sources().relativize(file))
        .isEqualTo(Files.readString(file));
  }

  @Test
  void noReviewedFileIsLeftBehind() throws IOException {
    var names = Bundle.ownJars().stream().map(jar -> module(jar).name() + ".txt").toList();
    try (var files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> file.getFileName().toString())).isSubsetOf(names);
    }
  }

  @Test
  void everyExportedTypeSaysSinceWhenItExists() throws IOException {
    for (var room : DATED) {
      for (var source : exportedSources(room)) {
        var text = Files.readString(source);
        var declared = PUBLIC.matcher(text);
        if (declared.find()) {
          assertThat(SINCE.matcher(text.substring(0, declared.start())).find())
              .as("@since in the Javadoc of %s", Bundle.sources().relativize(source))
              .isTrue();
        }
      }
    }
  }

  @Test
  void everyExportedPackageSaysHowMuchOfItMayChange() throws IOException {
    for (var room : DATED) {
      for (var source : exportedSources(room)) {
        if (source.endsWith("package-info.java")) {
          assertThat(source).content().containsPattern("@Stability\\(Level\\.[A-Z]+\\)");
        }
      }
    }
  }

  @Test
  void thePageOnCompatibilityListsEveryExportedPackageWithItsLevel() throws Exception {
    var page = Files.readString(Bundle.sources().resolve("docs/compatibility.md"));
    for (var jar : Bundle.ownJars()) {
      if (DATED.stream().anyMatch(room -> jar.getFileName().toString().contains("-" + room))) {
        for (var export : module(jar).exports()) {
          var info = Class.forName(export.source() + ".package-info");
          var level = info.getAnnotation(Stability.class).value().name().toLowerCase(Locale.ROOT);
          assertThat(page).contains("| `" + export.source() + "` | " + level + " |");
        }
      }
    }
  }

  private static List<Path> exportedSources(String room) throws IOException {
    var root = Bundle.sources().resolve(room).resolve("src/main/java");
    var module =
        Bundle.ownJars().stream()
            .filter(jar -> jar.getFileName().toString().matches("gatehouse-" + room + "-\\d.*"))
            .map(ExportsTest::module)
            .findFirst()
            .orElseThrow();
    var sources =
        module.exports().stream()
            .filter(export -> !export.isQualified())
            .map(export -> root.resolve(export.source().replace('.', '/')))
            .toList();
    assertThat(sources).isNotEmpty();
    var files = new ArrayList<Path>();
    for (var directory : sources) {
      try (var found = Files.list(directory)) {
        files.addAll(found.filter(file -> file.toString().endsWith(".java")).toList());
      }
    }
    return files;
  }

  private static ModuleDescriptor module(Path jar) {
    return ModuleFinder.of(jar).findAll().iterator().next().descriptor();
  }
}
