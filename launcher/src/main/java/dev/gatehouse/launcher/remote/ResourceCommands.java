package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.ResourceId;
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

/** The command {@code resource}. */
@Command(
    name = "resource",
    description = "Manage what clients may be authorized for.",
    synopsisSubcommandLabel = "COMMAND")
final class ResourceCommands {

  static CommandLine all(Console console) {
    return new CommandLine(new ResourceCommands())
        .addSubcommand(new Add(console))
        .addSubcommand(new ListAll(console))
        .addSubcommand(new Change(console))
        .addSubcommand(new Remove(console));
  }

  @Command(name = "add", description = "Add a resource.")
  static final class Add extends RemoteCommand {

    @Parameters(
        index = "0",
        paramLabel = "ID",
        description = "Names it: lower-case letters, digits, '.', '_', '-'.")
    private String id = "";

    @Parameters(
        index = "1",
        paramLabel = "DESTINATION",
        description = "Address, network, DNS name pattern (*.example.com) or the word 'internet'.")
    private String destination = "";

    @Option(names = "--name", paramLabel = "TEXT", description = "What people call it.")
    private @Nullable String name;

    @Option(
        names = "--filter",
        paramLabel = "FILTER",
        description =
            "What is allowed there: tcp/443, udp/5000-5100, tcp, udp or icmp; may be repeated."
                + " Without any, everything.")
    private List<String> filters = List.of();

    Add(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var body = new LinkedHashMap<String, Object>();
      body.put("id", new ResourceId(id).value());
      Optional.ofNullable(name).ifPresent(text -> body.put("name", text));
      body.put("destination", Destination.parse(destination).toString());
      body.put("filters", filters.stream().map(text -> Filter.parse(text).toString()).toList());
      var resource = gateway.post("/v1/resources", body).object("resource");
      out()
          .println(
              "Added resource "
                  + resource.text("id")
                  + ": "
                  + resource.text("destination")
                  + ", "
                  + allowed(resource)
                  + ".");
    }
  }

  @Command(name = "list", description = "List resources.")
  static final class ListAll extends RemoteCommand {

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListAll(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var resources = gateway.list("/v1/resources", "resources");
      if (json) {
        printJson(Map.of("resources", resources.stream().map(Answer::fields).toList()));
        return;
      }
      var table = new Table("ID", "DESTINATION", "ALLOWED", "NAME");
      resources.forEach(
          r -> table.row(r.text("id"), r.text("destination"), allowed(r), r.text("name")));
      table.print(out());
    }
  }

  @Command(
      name = "change",
      description = "Change a resource; what is not named stays, and nobody loses access to it.")
  static final class Change extends RemoteCommand {

    @Parameters(paramLabel = "ID", description = "Which.")
    private String id = "";

    @Option(names = "--destination", paramLabel = "DESTINATION", description = "Where it lies now.")
    private @Nullable String destination;

    @Option(names = "--name", paramLabel = "TEXT", description = "What people call it now.")
    private @Nullable String name;

    @Option(
        names = "--filter",
        paramLabel = "FILTER",
        description = "What is allowed there now, instead of what was; may be repeated.")
    private List<String> filters = List.of();

    @Option(names = "--no-filters", description = "Allow everything.")
    private boolean noFilters;

    Change(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      var body = new LinkedHashMap<String, Object>();
      Optional.ofNullable(name).ifPresent(text -> body.put("name", text));
      Optional.ofNullable(destination)
          .ifPresent(text -> body.put("destination", Destination.parse(text).toString()));
      if (noFilters || !filters.isEmpty()) {
        body.put("filters", filters.stream().map(text -> Filter.parse(text).toString()).toList());
      }
      if (body.isEmpty() || (noFilters && !filters.isEmpty())) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "It is not clear what is to change.",
            "Give --destination, --name, and either --filter or --no-filters.");
      }
      var resource = gateway.patch("/v1/resources/" + new ResourceId(id), body).object("resource");
      out()
          .println(
              "Changed resource "
                  + resource.text("id")
                  + ": "
                  + resource.text("destination")
                  + ", "
                  + allowed(resource)
                  + ".");
    }
  }

  @Command(
      name = "remove",
      aliases = "rm",
      description = "Remove a resource; all access to it ends.")
  static final class Remove extends RemoteCommand {

    @Parameters(paramLabel = "ID", description = "Which.")
    private String id = "";

    Remove(Console console) {
      super(console);
    }

    @Override
    void run(GatewayClient gateway) {
      gateway.delete("/v1/resources/" + new ResourceId(id));
      out().println("Removed resource " + id + "; all access to it has ended.");
    }
  }

  private static String allowed(Answer resource) {
    var filters = resource.texts("filters");
    return filters.isEmpty() ? "everything" : String.join(", ", filters);
  }
}
