package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.launcher.cli.Console;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code authorize}, {@code revoke} and {@code authorizations}. */
final class AuthorizationCommands {

  private AuthorizationCommands() {}

  static List<Object> all(Console console) {
    return List.of(new Authorize(console), new Revoke(console), new ListAll(console));
  }

  @Command(
      name = "authorize",
      description = {
        "Let a client reach a resource.",
        "If it may already, it gets the new end. A lost connection ends nothing."
      })
  static final class Authorize extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "CLIENT", description = "Who.")
    private String client = "";

    @Parameters(index = "1", paramLabel = "RESOURCE", description = "What.")
    private String resource = "";

    @ArgGroup private @Nullable End end;

    static final class End {
      @Option(
          names = "--for",
          paramLabel = "SPAN",
          description = "How long: 90s, 15m, 8h, 7d. Without an end, until revoked.")
      private @Nullable String span;

      @Option(
          names = "--until",
          paramLabel = "MOMENT",
          description = "Until when: 2030-01-31T18:00:00Z.")
      private @Nullable String moment;
    }

    Authorize(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var body = new LinkedHashMap<String, Object>();
      body.put("client", new ClientId(client).value());
      body.put("resource", new ResourceId(resource).value());
      Optional.ofNullable(end).map(e -> e.span).ifPresent(text -> body.put("for", text));
      Optional.ofNullable(end).map(e -> e.moment).ifPresent(text -> body.put("until", text));
      body.put("origin", "cli");
      var answer = gateway.post("/v1/authorizations", body);
      var expiry = answer.object("authorization").optional("expires-at");
      out()
          .println(
              client
                  + " may reach "
                  + resource
                  + " until "
                  + expiry.map(Words::moment).orElse("revoked")
                  + remark(answer.text("result"))
                  + ".");
    }

    private static String remark(String result) {
      return switch (result) {
        case "extended" -> " (extended)";
        case "shortened" -> " (shortened)";
        case "unchanged" -> " (as before)";
        default -> "";
      };
    }
  }

  @Command(name = "revoke", description = "End access, at once.")
  static final class Revoke extends RemoteCommand {

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "CLIENT",
        description = "Whose access; alone, all of it.")
    private @Nullable String client;

    @Parameters(index = "1", arity = "0..1", paramLabel = "RESOURCE", description = "To what.")
    private @Nullable String resource;

    @Option(
        names = "--resource",
        paramLabel = "RESOURCE",
        description = "Everybody's access to this resource.")
    private @Nullable String everybodys;

    Revoke(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      if ((client == null) == (everybodys == null)) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "It is not clear whose access is to end.",
            "Name a client, a client and a resource, or a resource with --resource.");
      }
      if (everybodys != null) {
        var id = new ResourceId(everybodys);
        print(gateway.delete("/v1/authorizations?resource=" + id), "for " + id);
      } else if (client != null && resource != null) {
        var path = new ClientId(client) + "/" + new ResourceId(resource);
        gateway.delete("/v1/authorizations/" + path);
        out().println(client + " may no longer reach " + resource + ".");
      } else if (client != null) {
        var id = new ClientId(client);
        print(gateway.delete("/v1/authorizations?client=" + id), "of " + id);
      }
    }

    private void print(Answer answer, String whose) {
      long revoked = answer.number("revoked");
      out()
          .println(
              "Revoked "
                  + revoked
                  + (revoked == 1 ? " authorization " : " authorizations ")
                  + whose
                  + ".");
    }
  }

  @Command(name = "authorizations", description = "List who may reach what, and until when.")
  static final class ListAll extends RemoteCommand {

    @Option(names = "--client", paramLabel = "CLIENT", description = "Only this client's.")
    private @Nullable String client;

    @Option(names = "--resource", paramLabel = "RESOURCE", description = "Only for this resource.")
    private @Nullable String resource;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListAll(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var query = new StringBuilder("/v1/authorizations?limit=1000");
      Optional.ofNullable(client).ifPresent(c -> query.append("&client=").append(new ClientId(c)));
      Optional.ofNullable(resource)
          .ifPresent(r -> query.append("&resource=").append(new ResourceId(r)));
      var authorizations = gateway.list(query.toString(), "authorizations");
      if (json) {
        printJson(Map.of("authorizations", authorizations.stream().map(Answer::fields).toList()));
      } else {
        table(authorizations).print(out());
      }
    }
  }

  static Table table(List<Answer> authorizations) {
    var now = Instant.now();
    var table = new Table("CLIENT", "RESOURCE", "ENDS", "EXPIRES AT", "GRANTED AT", "ORIGIN");
    for (var a : authorizations) {
      table.row(
          a.text("client"),
          a.text("resource"),
          a.flag("active") ? Words.left(a.text("expires-at"), now) : "expired",
          a.optional("expires-at").map(Words::moment).orElse("-"),
          Words.moment(a.text("granted-at")),
          a.text("origin"));
    }
    return table;
  }
}
