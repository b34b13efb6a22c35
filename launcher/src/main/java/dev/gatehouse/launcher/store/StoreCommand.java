package dev.gatehouse.launcher.store;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.runtime.Plan;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that works on the store. */
abstract class StoreCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private StoreOptions options = new StoreOptions();

  StoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public final Integer call() {
    var defaults = LogConfig.defaults();
    Logging.start(
        new LogConfig(LogConfig.Level.ERROR, defaults.format(), defaults.directory()),
        console.err(),
        true);
    var plan = options.plan(console.surroundings());
    try (var workplace = new Workplace(TimeSource.system())) {
      var code = run(plan, workplace);
      out().flush();
      return code.number();
    }
  }

  /**
   * Does what the command is for.
   *
   * @throws dev.gatehouse.api.GatehouseException if it cannot be done
   */
  abstract ExitCode run(Plan plan, Workplace workplace);

  /** The store of the running gateway; empty if none runs. */
  Optional<OnlineStore> online(Plan plan) {
    return OnlineStore.of(options.gateway(plan));
  }

  /** Where a migration goes. */
  Plan target(String to, Plan here) {
    return options.target(to, here, console.surroundings());
  }

  PrintStream out() {
    return console.out();
  }

  /** Says something that does not belong to the result. */
  void note(String sentence) {
    console.err().println(sentence);
  }
}
