package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.launcher.cli.Console;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what the policy would do with a packet, and why. */
@Command(
    name = "explain",
    description = "Say whether a client's packet would be let through right now, and why.")
final class ExplainCommand extends RemoteCommand {

  @Parameters(index = "0", paramLabel = "CLIENT", description = "Who sends.")
  private String client = "";

  @Parameters(
      index = "1",
      paramLabel = "DESTINATION",
      description = "Where to: 10.0.0.5, 10.0.0.5:443, fd00::5 or [fd00::5]:443.")
  private String destination = "";

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      description = "tcp, udp, icmp or a number; by default tcp with a port and icmp without.")
  private @Nullable String protocol;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ExplainCommand(Console console) {
    super(console);
  }

  @Override
  void run(GatewayClient gateway) {
    var query = new StringBuilder("/v1/explain?client=").append(new ClientId(client));
    if (hasPort(destination)) {
      var endpoint = Endpoint.parse(destination);
      append(query, "destination", endpoint.address().toString());
      append(query, "port", Integer.toString(endpoint.port()));
    } else {
      append(query, "destination", IpAddress.parse(destination).toString());
    }
    if (protocol != null) {
      append(query, "protocol", protocol);
    }
    var answer = gateway.get(query.toString());
    if (json) {
      printJson(answer.fields());
      return;
    }
    out()
        .println(
            (answer.flag("allowed") ? "Allowed: " : "Refused (" + answer.text("verdict") + "): ")
                + answer.text("reason"));
    answer.optional("note").ifPresent(this::note);
    if (!answer.texts("considered").isEmpty()) {
      out().println("Considered, best first:");
      answer.texts("considered").forEach(line -> out().println("  " + line));
    }
  }

  /** IPv6 addresses have many colons and a port only behind a bracket. */
  private static boolean hasPort(String text) {
    int colon = text.indexOf(':');
    return text.startsWith("[") || (colon >= 0 && colon == text.lastIndexOf(':'));
  }

  private static void append(StringBuilder query, String name, String value) {
    query.append('&').append(name).append('=').append(Answer.encoded(value));
  }
}
