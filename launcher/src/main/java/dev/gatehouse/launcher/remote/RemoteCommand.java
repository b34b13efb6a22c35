package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.log.Json;
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
    run(new GatewayClient(options.socket(console.surroundings())));
    out().flush();
    return ExitCode.OK.number();
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
