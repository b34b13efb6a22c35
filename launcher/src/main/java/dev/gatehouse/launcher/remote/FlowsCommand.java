package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.launcher.cli.Console;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what goes through the gateway, and what was refused. */
@Command(
    name = "flows",
    description = "Show the flows under way and those that ended lately, newest first.")
final class FlowsCommand extends RemoteCommand {

  @Option(names = "--client", paramLabel = "CLIENT", description = "Only this client's.")
  private @Nullable String client;

  @Option(
      names = "--resource",
      paramLabel = "RESOURCE",
      description = "Only those this resource decided.")
  private @Nullable String resource;

  @Option(names = "--denied", description = "Only refused ones.")
  private boolean denied;

  @Option(names = "--live", description = "Only those under way.")
  private boolean live;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many at most, 1 to 10000; by default 100.")
  private int limit;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  FlowsCommand(Console console) {
    super(console);
  }

  @Override
  void run(GatewayClient gateway) {
    var query = new StringBuilder("/v1/flows?limit=").append(limit);
    if (client != null) {
      query.append("&client=").append(new ClientId(client));
    }
    if (resource != null) {
      query.append("&resource=").append(new ResourceId(resource));
    }
    if (denied) {
      query.append("&denied=true");
    }
    if (live) {
      query.append("&live=true");
    }
    var answer = gateway.get(query.toString());
    if (json) {
      printJson(answer.fields());
      return;
    }
    var now = Instant.now();
    var table =
        new Table(
            "CLIENT", "FROM", "TO", "PROTOCOL", "RESOURCE", "VERDICT", "STATE", "SENT", "RECEIVED");
    answer
        .objects("flows")
        .forEach(flow ->
            table.row(
                flow.text("client"),
                place(flow, "client-address", "client-port"),
                flow.optional("domain")
                    .map(domain -> domain + port(flow, "remote-port"))
                    .orElseGet(() -> place(flow, "remote-address", "remote-port")),
                flow.text("protocol"),
                flow.optional("resource").orElse("-"),
                flow.text("verdict"),
                flow.flag("live") ? "live" : Words.ago(flow.text("last"), now),
                Words.bytes(flow.number("sent-bytes")),
                Words.bytes(flow.number("received-bytes"))));
    table.print(out());
    if (answer.flag("more")) {
      note("There are more; narrow it down, or raise --limit.");
    }
  }

  private static String place(Answer flow, String address, String port) {
    var text = flow.text(address);
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + port(flow, port);
  }

  private static String port(Answer flow, String name) {
    return Optional.of(flow.number(name))
        .filter(port -> port > 0)
        .map(port -> ":" + port)
        .orElse("");
  }
}
