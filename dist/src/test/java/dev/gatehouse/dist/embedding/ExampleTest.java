package dev.gatehouse.dist.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.dist.docs.Page;
import dev.gatehouse.dist.docs.Walk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who follows docs/embedding.md has an appliance that is built from published artifacts alone. */
class ExampleTest {

  @TempDir Path scratch;

  @Test
  void theApplianceIsBuiltAndDoesWhatThePageShows() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "the transport is Linux's");
    var page = Page.read(Bundle.sources().resolve("docs/embedding.md"));

    Walk.along(page).from(Bundle.sources()).follow(scratch).assertAsShown();

    var appliance = Bundle.sources().resolve("examples/embedded-gateway/target/appliance");
    try (var jars = Files.list(appliance)) {
      assertThat(jars.map(jar -> jar.getFileName().toString()))
          .anyMatch(name -> name.startsWith("gatehouse-launcher"))
          .noneMatch(name -> name.contains("logback"))
          .noneMatch(name -> name.contains("junit"));
    }
  }
}
