package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.launcher.cli.Console;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code client}. */
@Command(
    name = "client",
    description = "Manage who may connect.",
    synopsisSubcommandLabel = "COMMAND")
final class ClientCommands {

  static CommandLine all(Console console) {
    return new CommandLine(new ClientCommands())
        .addSubcommand(new ClientAddCommand(console))
        .addSubcommand(new ListAll(console))
        .addSubcommand(new Show(console))
        .addSubcommand(new Change(console))
        .addSubcommand(new Remove(console));
  }

  @Command(name = "list", description = "List clients.")
  static final class ListAll extends RemoteCommand {

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListAll(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var clients = gateway.list("/v1/clients", "clients");
      if (json) {
        printJson(Map.of("clients", clients.stream().map(Answer::fields).toList()));
        return;
      }
      var table = new Table("ID", "ADDRESSES", "PUBLIC KEY", "NAME");
      clients.forEach(c ->
          table.row(
              c.text("id"),
              Words.list(c.texts("addresses")),
              c.text("public-key"),
              c.text("name")));
      table.print(out());
    }
  }

  @Command(name = "show", description = "Show a client and what it may reach.")
  static final class Show extends RemoteCommand {

    @Parameters(paramLabel = "ID", description = "Which.")
    private String id = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Show(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var checked = new ClientId(id);
      var client = gateway.get("/v1/clients/" + checked).object("client");
      var authorizations =
          gateway.list("/v1/authorizations?limit=1000&client=" + checked, "authorizations");
      if (json) {
        var object = new LinkedHashMap<String, Object>();
        object.put("client", client.fields());
        object.put("authorizations", authorizations.stream().map(Answer::fields).toList());
        printJson(object);
        return;
      }
      line("id", client.text("id"));
      line("name", client.text("name"));
      line("addresses", Words.list(client.texts("addresses")));
      line("public key", client.text("public-key"));
      line("pre-shared", client.flag("has-preshared-key") ? "yes" : "no");
      out().println();
      if (authorizations.isEmpty()) {
        out().println("It may reach nothing.");
      } else {
        AuthorizationCommands.table(authorizations).print(out());
      }
    }

    private void line(String what, String value) {
      out().printf("%-10s  %s%n", what, value);
    }
  }

  @Command(
      name = "change",
      description = "Change a client; what is not named stays, its access included.")
  static final class Change extends RemoteCommand {

    @Parameters(paramLabel = "ID", description = "Which.")
    private String id = "";

    @Option(names = "--name", paramLabel = "TEXT", description = "What people call it now.")
    private @Nullable String name;

    @Option(names = "--public-key", paramLabel = "KEY", description = "Its new public key.")
    private @Nullable String publicKey;

    @Option(
        names = "--address",
        paramLabel = "ADDRESS",
        split = ",",
        description = "Its new tunnel address, one per family.")
    private List<String> addresses = List.of();

    @Option(names = "--no-preshared", description = "Drop its pre-shared key.")
    private boolean noPreshared;

    Change(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var body = new LinkedHashMap<String, Object>();
      Optional.ofNullable(name).ifPresent(text -> body.put("name", text));
      Optional.ofNullable(publicKey)
          .ifPresent(text -> body.put("public-key", PublicKey.parse(text).toString()));
      if (!addresses.isEmpty()) {
        body.put("addresses", addresses.stream().map(a -> IpAddress.parse(a).toString()).toList());
      }
      if (noPreshared) {
        body.put("preshared-key", "");
      }
      if (body.isEmpty()) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "It is not clear what is to change.",
            "Give --name, --public-key, --address or --no-preshared.");
      }
      gateway.patch("/v1/clients/" + new ClientId(id), body);
      out().println("Changed client " + id + "; what it may reach is as before.");
    }
  }

  @Command(
      name = "remove",
      aliases = "rm",
      description = "Remove a client; its connection and all its access end.")
  static final class Remove extends RemoteCommand {

    @Parameters(paramLabel = "ID", description = "Which.")
    private String id = "";

    Remove(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      gateway.delete("/v1/clients/" + new ClientId(id));
      out().println("Removed client " + id + "; all its access has ended.");
    }
  }
}
