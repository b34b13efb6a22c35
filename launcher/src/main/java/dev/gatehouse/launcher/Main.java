package dev.gatehouse.launcher;

import dev.gatehouse.launcher.cli.Cli;
import dev.gatehouse.launcher.cli.Console;

/**
 * The command {@code gatehouse}.
 *
 * @since 0.1.0
 */
public final class Main {

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String... arguments) {
    System.exit(Cli.run(Console.ofThisProcess(), arguments));
  }
}
