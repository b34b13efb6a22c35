package dev.gatehouse.launcher.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** Prints the script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = {
      "Print the completion script for bash and zsh.",
      "Use it with: source <(gatehouse completion)"
    })
final class CompletionCommand implements Callable<Integer> {

  private final Console console;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().print(AutoComplete.bash("gatehouse", Cli.commandLine(console)));
    console.out().flush();
    return ExitCode.OK.number();
  }
}
