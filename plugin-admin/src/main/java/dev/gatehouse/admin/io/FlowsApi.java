package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.invalid;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.FlowMonitor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** Which flows there are, and were lately. */
final class FlowsApi {

  private final Gateway gateway;

  FlowsApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/v1/flows",
            Set.of("client", "resource", "denied", "live", "limit"),
            this::flows));
  }

  private Reply flows(Request request) {
    var query =
        new FlowMonitor.Query(
            request.parameter("client").map(ClientId::new),
            request.parameter("resource").map(ResourceId::new),
            flag(request, "denied"),
            flag(request, "live"),
            request.limit());
    var view = ask(query);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("flows", view.flows().stream().map(Views::of).toList());
    answer.put("more", view.more());
    return Reply.ok(answer);
  }

  private FlowMonitor.View ask(FlowMonitor.Query query) {
    try {
      return monitor().flows(query);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatehouseException(
          StandardErrorCode.INTERNAL, "The gateway is stopping.", "Ask again when it runs.", e);
    }
  }

  private FlowMonitor monitor() {
    return gateway.context().plugins().values().stream()
        .filter(FlowMonitor.class::isInstance)
        .map(FlowMonitor.class::cast)
        .findFirst()
        .orElseThrow(() ->
            new GatehouseException(
                StandardErrorCode.NOT_FOUND,
                "No plugin of this gateway keeps flows.",
                "The stage 'policy' does; see 'gatehouse plugins'."));
  }

  private static boolean flag(Request request, String name) {
    return switch (request.parameter(name).orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid("The parameter '" + name + "' is no flag.", "Give true or false.");
    };
  }
}
