package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.runtime.Plan;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a gateway until the process is asked to stop. */
@Command(
    name = RunCommand.NAME,
    description = {
      "Run the gateway until SIGTERM or SIGINT; a second signal ends it at once. SIGHUP makes it read"
          + " its configuration again, as 'gatehouse reload' does.",
      "The log goes to standard output and says 'gatehouse ready' when everything is up."
    })
final class RunCommand implements Callable<Integer> {

  static final String NAME = "run";

  private static final String NETWORK = "network";

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--no-network-setup",
      description =
          "Leave forwarding, address translation and segment sizes alone, as 'setup = false' in"
              + " [network] does.")
  private boolean noNetworkSetup;

  @Option(
      names = "--until-end-of-input",
      description = "Stop also when standard input ends, as the service of Windows asks it to.")
  private boolean untilEndOfInput;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    return Operation.run(console, this::plan, untilEndOfInput);
  }

  private Plan plan() {
    var source = options.source(console.surroundings());
    var plan = options.plan(source, List.of(), console.surroundings());
    boolean setsUp =
        plan.selected().stream().anyMatch(plugin -> plugin.id().value().equals(NETWORK));
    if (!noNetworkSetup || !setsUp) {
      return plan;
    }
    plan.close();
    return options.plan(source.with(NETWORK, "setup", false), List.of(), console.surroundings());
  }
}
