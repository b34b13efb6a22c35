package dev.gatehouse.launcher.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a relay and nothing else. */
@Command(
    name = "relay",
    description = {
      "Run a STUN and TURN relay until SIGTERM or SIGINT.",
      "The first signal lets existing allocations end, up to [relay] drain; a second one ends it"
          + " at once.",
      "Every key of [relay] may also be given in the environment as GATEHOUSE_RELAY_KEY."
    })
final class RelayCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private RelayOptions options = new RelayOptions();

  RelayCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    return Operation.run(console, () -> options.plan(console.surroundings()));
  }

  /** Tells whether a relay could start, without opening anything. */
  @Command(
      name = "check",
      description = {
        "Check the relay's configuration without opening anything.",
        "Every problem is reported at once."
      })
  static final class Check implements Callable<Integer> {

    private final Console console;

    @Mixin private RelayOptions options = new RelayOptions();

    Check(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      return CheckCommand.check(console, () -> options.plan(console.surroundings()));
    }
  }
}
