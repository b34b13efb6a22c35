package dev.gatehouse.dist.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages that are made from the code are up to date. */
class ReferenceTest {

  private static final boolean WRITE = Boolean.getBoolean("gatehouse.docs.write");

  @TempDir Path scratch;

  @BeforeEach
  void here() {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "the pages are those of Linux");
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the pages are those of x86-64");
  }

  private static void compare(String name, String made) throws IOException {
    var page = Bundle.sources().resolve("docs").resolve(name);
    if (WRITE) {
      Files.writeString(page, made);
    }
    assertThat(made)
        .as(
            "docs/%s is made from the code, which has changed; run './build docs', look at the"
                + " difference and commit it",
            name)
        .isEqualTo(Files.readString(page));
  }

  @Test
  void theConfigurationReferenceIsWhatTheProgramDescribes() throws Exception {
    var made = Reference.configuration(scratch);
    assertThat(made).contains("| `state-directory` |", "## `[tun]`, plugin tun-linux");
    compare("configuration.md", made);
  }

  @Test
  void theCatalogueOfErrorsIsThatOfTheCode() throws Exception {
    var made = Reference.errors();
    assertThat(made).contains("GH-CONFIG-001", "GH-BUG-001", "GH-ADMIN-001", "GH-CLI-001");
    compare("errors.md", made);
  }

  @Test
  void theCatalogueOfMetricsIsThatOfTheCode() throws Exception {
    var made = Reference.metrics(scratch);
    assertThat(made).contains("| `gatehouse_ready` |", "| `gatehouse_relay_allocations` |");
    compare("metrics.md", made);
  }
}
