package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.log.Json;
import dev.gatehouse.launcher.log.Logging;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that asks a running gateway. */
abstract class RemoteCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private GatewayOptions options = new GatewayOptions();

  RemoteCommand(Console console) {
    this.console = console;
  }

  @Override
  public final Integer call() {
    try {
      run(new GatewayClient(options.place(console.surroundings())));
    } catch (RuntimeException e) {
      quietLogging();
      throw e;
    }
    out().flush();
    return ExitCode.OK.number();
  }

  /** Before somebody logs: these commands log nothing themselves, so they do not load it first. */
  private void quietLogging() {
    var defaults = LogConfig.defaults();
    Logging.start(
        new LogConfig(LogConfig.Level.WARN, defaults.format(), defaults.directory()),
        console.err(),
        true);
  }

  /**
   * Does what the command is for.
   *
   * @throws dev.gatehouse.api.GatehouseException if it cannot be done
   */
  abstract void run(GatewayClient gateway);

  Console console() {
    return console;
  }

  PrintStream out() {
    return console.out();
  }

  /** Says something that does not belong to the result. */
  void note(String sentence) {
    console.err().println(sentence);
  }

  void printJson(Map<String, ?> object) {
    var json = new StringBuilder();
    Json.value(json, object);
    out().println(json);
  }
}
