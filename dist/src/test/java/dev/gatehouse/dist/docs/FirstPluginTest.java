package dev.gatehouse.dist.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who follows docs/first-plugin.md word by word has made a plugin in the end. */
class FirstPluginTest {

  @TempDir Path scratch;

  @Test
  void thePageLeadsToAPluginOfOnesOwn() throws Exception {
    var home = Files.createDirectory(scratch.resolve("home"));

    var transcript =
        Walk.along(Page.read(Bundle.sources().resolve("docs/first-plugin.md")))
            .from(Bundle.sources())
            .with("HOME", home.toString())
            .follow(scratch)
            .assertAsShown();

    assertThat(home.resolve("visitors/target/visitors-1.1.0.jar")).exists();
    assertThat(home.resolve("visitors/target/surefire-reports"))
        .isDirectoryContaining("glob:**com.example.visitors.PeakTest.txt");
    assertThat(transcript.all())
        .contains("With more visitors than this at a time, the plugin is not well.");
    assertThat(home.resolve("gatehouse-plugins/visitors")).doesNotExist();
  }
}
