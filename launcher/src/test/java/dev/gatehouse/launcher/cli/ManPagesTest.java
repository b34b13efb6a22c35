package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.launcher.runtime.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The manual pages and completions say what the commands say of themselves. */
class ManPagesTest {

  @TempDir Path work;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Console console() {
    return new Console(
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        false,
        new Surroundings(Map.of(), work, false, false));
  }

  private Map<String, String> pages() throws IOException {
    assertThat(Cli.run(console(), "man-pages", work.resolve("man1").toString())).isZero();
    var pages = new TreeMap<String, String>();
    try (var files = Files.list(work.resolve("man1"))) {
      for (var file : files.toList()) {
        pages.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return pages;
  }

  @Test
  void everyCommandHasAPageWithItsOptions() throws IOException {
    var pages = pages();
    assertThat(pages).containsKeys("gatehouse.1", "gatehouse-run.1", "gatehouse-relay-status.1");
    assertEveryCommand(Cli.commandLine(console()), pages);
  }

  private static void assertEveryCommand(CommandLine command, Map<String, String> pages) {
    var page = pages.get(ManPage.fileName(command));
    assertThat(page).as(command.getCommandName()).contains(".SH NAME", ".SH SYNOPSIS");
    for (var option : Completions.options(command.getCommandSpec())) {
      assertThat(page).contains(option.longestName().replace("-", "\\-"));
    }
    ManPage.visible(command).forEach(below -> assertEveryCommand(below, pages));
  }

  @Test
  void pagesHaveNoLineThatLooksLikeAnUnknownMacro() throws IOException {
    for (var page : pages().entrySet()) {
      assertThat(
              page.getValue().lines().filter(line -> line.startsWith(".") || line.startsWith("'")))
          .as(page.getKey())
          .allMatch(line -> line.matches("\\.(TH|SH|TP|br|nh|ad) ?.*"));
    }
  }

  @Test
  void exitCodesAndFilesStandOnTheFirstPage() throws IOException {
    assertThat(pages().get("gatehouse.1"))
        .contains(".SH EXIT STATUS", ".SH FILES", ".SH ENVIRONMENT")
        .contains(ExitCode.CONFIGURATION.meaning().split("'", -1)[0]);
  }

  @Test
  void thereIsACompletionForEachShell() {
    assertThat(Cli.run(console(), "completion", "zsh")).isZero();
    assertThat(out.toString(UTF_8))
        .startsWith("#compdef gatehouse\n")
        .contains("'relay status '*)")
        .contains("'authorize:Let a client reach a resource.'")
        .doesNotContain("man-pages");
    out.reset();
    assertThat(Cli.run(console(), "completion", "FISH")).isZero();
    assertThat(out.toString(UTF_8))
        .contains("complete -c gatehouse -n '__gatehouse_at relay' -f -a status")
        .doesNotContain("man-pages");
    out.reset();
    assertThat(Cli.run(console(), "completion")).isZero();
    assertThat(out.toString(UTF_8)).contains("_complete_gatehouse");
  }

  @Test
  void anUnknownShellIsOneSentence() {
    assertThat(Cli.run(console(), "completion", "tcsh")).isEqualTo(ExitCode.USAGE.number());
    assertThat(err.toString(UTF_8)).contains("use bash, zsh or fish");
  }
}
