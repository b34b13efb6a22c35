package dev.gatehouse.dist.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The versions that are listed for embedding programs are those the house is built with. */
final class BomTest {

  private static final Pattern VERSION = Pattern.compile("<([a-z0-9.-]+\\.version)>([^<]+)</\\1>");
  private static final Pattern OURS =
      Pattern.compile(
          "<artifactId>gatehouse-((?:plugin-[a-z-]+)|api|launcher|testkit)</artifactId>");
  private static final Pattern MODULE =
      Pattern.compile("<module>((?:plugin-[a-z-]+)|api|launcher|testkit)</module>");
  private static final Pattern OWN_VERSION =
      Pattern.compile("<artifactId>gatehouse-[a-z]+</artifactId>\\s*<version>([^<]+)</version>");

  @Test
  void versionsAreTheParents() throws IOException {
    var wanted = versions(text("pom.xml"));
    var listed = versions(text("bom/pom.xml"));
    assertThat(listed).as("versions of bom/pom.xml").isNotEmpty();
    assertThat(wanted)
        .as("versions of pom.xml, which bom/pom.xml repeats")
        .containsAllEntriesOf(listed);
    assertThat(ownVersion("bom/pom.xml")).isEqualTo(ownVersion("pom.xml"));
  }

  @Test
  void everyModuleThatCanBeEmbeddedIsListed() throws IOException {
    assertThat(OURS.matcher(text("bom/pom.xml")).results().map(found -> found.group(1)))
        .containsExactlyInAnyOrderElementsOf(
            MODULE.matcher(text("pom.xml")).results().map(found -> found.group(1)).toList());
  }

  private static Map<String, String> versions(String pom) {
    var versions = new TreeMap<String, String>();
    VERSION.matcher(pom).results().forEach(found -> versions.put(found.group(1), found.group(2)));
    return versions;
  }

  private static String ownVersion(String pom) throws IOException {
    var found = OWN_VERSION.matcher(text(pom));
    assertThat(found.find()).as("a version in %s", pom).isTrue();
    return found.group(1);
  }

  private static String text(String name) throws IOException {
    return Files.readString(Bundle.sources().resolve(name));
  }
}
