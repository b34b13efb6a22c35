package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.cli.RelayOptions;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.config.Problem;
import dev.gatehouse.launcher.log.Json;
import dev.gatehouse.launcher.log.Logging;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how the running relay is, asked at its monitor address. */
@Command(name = "status", description = "Show how the running relay is.")
final class RelayStatusCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private RelayOptions options = new RelayOptions();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  RelayStatusCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var quiet = LogConfig.defaults();
    Logging.start(
        new LogConfig(LogConfig.Level.WARN, quiet.format(), quiet.directory()),
        console.err(),
        true);
    var status = new GatewayClient(new HttpOverSocket(place())).get("/status");
    if (json) {
      var text = new StringBuilder();
      Json.value(text, status.fields());
      out().println(text);
    } else {
      print(status);
    }
    out().flush();
    return ExitCode.OK.number();
  }

  private void print(Answer status) {
    line("release", status.text("version"));
    line("state", status.optional("problem").orElse("ready"));
    line("up", Words.span(Duration.ofSeconds(status.number("uptime-seconds"))));
    Facts.print(out(), "", status.object("relay").fields());
  }

  private void line(String what, String value) {
    out().println(what + ": " + value);
  }

  private PrintStream out() {
    return console.out();
  }

  private Place place() {
    var endpoint = endpoint();
    var address = endpoint.address();
    var host = address.isUnspecified() ? InetAddress.getLoopbackAddress() : address.toInetAddress();
    var at = new InetSocketAddress(host, endpoint.port());
    return new Place(
        at,
        Optional.empty(),
        at.toString().replaceFirst("^.*/", ""),
        "relay",
        "gatehouse relay",
        "--monitor",
        Optional.empty());
  }

  private Endpoint endpoint() {
    var problems = new ArrayList<Problem>();
    var found =
        options
            .source(console.surroundings())
            .section(RelayOptions.SECTION, problems)
            .parsed("monitor", "address with port", Endpoint::parse)
            .orElse(Endpoint.parse(RelayOptions.USUAL_MONITOR));
    if (!problems.isEmpty()) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          problems.getFirst().toString(),
          "Correct it, or name the place with --monitor.");
    }
    return found;
  }
}
