package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Console;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands {@code status} and {@code peers}. */
final class StatusCommands {

  private StatusCommands() {}

  static List<Object> all(Console console) {
    return List.of(new Status(console), new Peers(console));
  }

  @Command(name = "status", description = "Show how the running gateway is.")
  static final class Status extends RemoteCommand {

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Status(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient client) {
      var status = client.get("/v1/status");
      if (json) {
        printJson(status.fields());
        return;
      }
      var gateway = status.object("gateway");
      line("release", status.object("about").text("version"));
      status.object("about").optional("profile").ifPresent(profile -> line("profile", profile));
      line("state", status.flag("ready") ? "ready" : "not ready");
      line("up", Words.span(Duration.ofSeconds(status.number("uptime-seconds"))));
      line("public key", gateway.text("public-key"));
      line("listening", Words.list(gateway.texts("listening")));
      line(
          "interface",
          gateway.text("interface")
              + ", "
              + Words.list(gateway.texts("addresses"))
              + ", MTU "
              + gateway.number("mtu"));
      line("networks", Words.list(gateway.texts("networks")));
      status.objects("plugins").forEach(this::plugin);
    }

    private void plugin(Answer plugin) {
      out().println();
      out()
          .println(
              plugin.text("id")
                  + " ("
                  + plugin.text("kind")
                  + "): "
                  + plugin.optional("problem").orElse("well"));
      Facts.print(out(), "  ", plugin.object("status").fields());
    }

    private void line(String what, String value) {
      out().printf("%-10s  %s%n", what, value);
    }
  }

  @Command(name = "peers", description = "Show the clients' connections.")
  static final class Peers extends RemoteCommand {

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Peers(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var answer = gateway.get("/v1/peers");
      if (json) {
        printJson(answer.fields());
        return;
      }
      var now = Instant.now();
      var table =
          new Table("CLIENT", "CONNECTED", "ENDPOINT", "LAST HANDSHAKE", "RECEIVED", "SENT");
      answer
          .objects("peers")
          .forEach(peer ->
              table.row(
                  peer.text("client"),
                  peer.flag("connected") ? "yes" : "no",
                  peer.optional("endpoint").orElse("-"),
                  Words.ago(peer.text("last-handshake"), now),
                  Words.bytes(peer.number("received-bytes")),
                  Words.bytes(peer.number("sent-bytes"))));
      table.print(out());
    }
  }
}
