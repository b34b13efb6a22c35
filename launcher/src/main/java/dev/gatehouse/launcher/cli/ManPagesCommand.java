package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.launcher.runtime.BuildInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the manual pages of all commands; bundles are made with it. */
@Command(
    name = "man-pages",
    hidden = true,
    description = "Write a page for man(1) for every command into a directory.")
final class ManPagesCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(paramLabel = "DIR", description = "Where to; it is created if need be.")
  private @Nullable Path directory;

  ManPagesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (directory != null) {
      Files.createDirectories(directory);
      write(Cli.commandLine(console), directory, BuildInfo.read().version());
    }
    return ExitCode.OK.number();
  }

  private static void write(CommandLine command, Path into, String version) throws IOException {
    Files.writeString(
        into.resolve(ManPage.fileName(command)), ManPage.render(command, version), UTF_8);
    for (var below : ManPage.visible(command)) {
      write(below, into, version);
    }
  }
}
