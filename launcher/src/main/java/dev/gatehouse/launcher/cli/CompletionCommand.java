package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.cli.Completions.Shell;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Prints the script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = {
      "Print the completion script for bash, zsh or fish.",
      "Use it with: source <(gatehouse completion), which is for bash and zsh alike."
    })
final class CompletionCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "bash",
      converter = ShellName.class,
      description =
          "bash, zsh or fish. What is printed for zsh belongs into a file '_gatehouse' on its"
              + " function path. Default: bash.")
  private Shell shell = Shell.BASH;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().print(Completions.script(shell, Cli.commandLine(console)));
    console.out().flush();
    return ExitCode.OK.number();
  }

  /** Understands a shell's name. */
  static final class ShellName implements ITypeConverter<Shell> {

    ShellName() {}

    @Override
    public Shell convert(String name) {
      try {
        return Shell.valueOf(name.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "There is no completion for '" + name + "'; use bash, zsh or fish.");
      }
    }
  }
}
