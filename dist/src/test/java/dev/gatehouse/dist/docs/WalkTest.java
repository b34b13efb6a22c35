package dev.gatehouse.dist.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalkTest {

  @TempDir Path scratch;

  private Walk walk(String page) throws IOException {
    var start = Files.createDirectories(scratch.resolve("start"));
    return Walk.along(Page.read(Files.writeString(scratch.resolve("page.md"), page))).from(start);
  }

  @Test
  void commandsAndFilesAreCarriedOutFromTopToBottomInOneShell() throws Exception {
    var page =
        """
        # A page
        ```sh
        mkdir here && cd here
        word=spoken
        ```
        Write `notes/one.txt`:
        ```text file=notes/one.txt
        first line
        ```
        ```sh
        cat notes/one.txt; echo "$word aloud"; echo "number $RANDOM end"
        ```
        It prints:
        ```text output
        first  line
        spoken …
        number … end
        ```
        ```toml
        nobody = "looks at this"
        ```
        ```sh skip="there is no such command"
        no-such-command
        ```
        """;

    var transcript = walk(page).follow(scratch).assertAsShown();

    assertThat(transcript.printed()).hasSize(3);
    assertThat(scratch.resolve("start/here/notes/one.txt")).content().isEqualTo("first line\n");
  }

  @Test
  void theFirstCommandThatFailsEndsTheWalkAndIsNamed() throws Exception {
    var transcript = walk("```sh\necho one; false\n```\n```sh\necho two\n```\n").follow(scratch);

    assertThat(transcript.exitCode()).isEqualTo(1);
    assertThat(transcript.all()).contains("one").doesNotContain("two");
    assertThatThrownBy(transcript::assertAsShown).hasMessageContaining("page.md:1");
  }

  @Test
  void outputThatDiffersFails() throws Exception {
    var transcript = walk("```sh\necho one\n```\n```text output\ntwo\n```\n").follow(scratch);

    assertThatThrownBy(transcript::assertAsShown).hasMessageContaining("page.md:4 shows");
  }

  @Test
  void outputMayLeaveLinesOutWhereItSaysSo() {
    assertThat(Output.shows("a\nb\nc\n", "a\n…\nc\n")).isTrue();
    assertThat(Output.shows("a\nb\nc\n", "a\nc\n")).isFalse();
    assertThat(Output.shows("a\nb\nc\n", "b\n")).isTrue();
    assertThat(Output.shows("a (1 of 2) b\n", "a (… of 2) b\n")).isTrue();
    assertThat(Output.shows("ab\n", "a\n")).isFalse();
  }

  @Test
  void aFileTheTextDoesNotNameIsRefused() throws Exception {
    var walk = walk("Write this:\n```text file=a.txt\nx\n```\n");

    assertThatThrownBy(() -> walk.follow(scratch)).hasMessageContaining("name the file");
  }

  @Test
  void aWalkThatNeverEndsIsGivenUp() throws Exception {
    var walk = walk("```sh\nsleep 600\n```\n").within(Duration.ofMillis(200));

    assertThatThrownBy(() -> walk.follow(scratch)).hasMessageContaining("took longer");
  }

  @Test
  void commandsMayBeChangedAndSeeTheEnvironment() throws Exception {
    var walk =
        walk("```sh\nsudo echo \"hello $WHO\"\n```\n")
            .with("WHO", "world")
            .changing(commands -> commands.replace("sudo ", ""));

    assertThat(walk.follow(scratch).assertAsShown().all()).contains("hello world");
  }
}
