package dev.gatehouse.launcher.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a gateway until the process is asked to stop. */
@Command(
    name = "run",
    description = {
      "Run the gateway until SIGTERM or SIGINT; a second signal ends it at once.",
      "The log goes to standard output and says 'gatehouse ready' when everything is up."
    })
final class RunCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    return Operation.run(console, options.plan(console.surroundings()));
  }
}
