package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.conflict;
import static dev.gatehouse.admin.io.Gateway.notFound;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.WriteResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Resources: listing, adding, removing. */
final class ResourcesApi {

  private static final Logger log = LoggerFactory.getLogger(ResourcesApi.class);

  private final Gateway gateway;

  ResourcesApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/resources", Set.of("cursor", "limit"), this::list),
        Route.of("POST", "/v1/resources", this::create),
        Route.of("GET", "/v1/resources/{id}", this::show),
        Route.of("PATCH", "/v1/resources/{id}", this::change),
        Route.of("DELETE", "/v1/resources/{id}", this::remove));
  }

  private Reply list(Request request) {
    var page = gateway.store().resources(request.cursor(), request.limit(), request.deadline());
    return Reply.ok(Gateway.view("resources", page, Views::of));
  }

  private Reply show(Request request) {
    var id = new ResourceId(request.pathPart("id"));
    var resource =
        gateway
            .store()
            .resource(id, request.deadline())
            .orElseThrow(() -> notFound("resource", id, "resource list"));
    return Reply.ok(Map.of("resource", Views.of(resource.value())));
  }

  private Reply create(Request request) {
    var fields = request.fields();
    var id = fields.required("id", ResourceId::new);
    var name = fields.text("name").orElse(id.value());
    var destination = fields.required("destination", Destination::parse);
    var filters = fields.list("filters", Filter::parse);
    fields.finish();
    var result =
        gateway
            .store()
            .createResource(new Resource(id, name, destination, filters), request.deadline());
    return switch (result) {
      case WriteResult.Stored<Resource>(var stored) -> {
        log.atInfo().addKeyValue("resource", id).log("resource added");
        yield Reply.json(201, Map.of("resource", Views.of(stored.value())));
      }
      case WriteResult.Conflict<Resource> _ ->
          throw conflict(
              "There is a resource '" + id + "' already.",
              "Choose another id, or remove it first with 'gatehouse resource remove "
                  + id
                  + "', which also ends all access to it.");
    };
  }

  private Reply change(Request request) {
    var id = new ResourceId(request.pathPart("id"));
    var fields = request.fields();
    var name = fields.text("name");
    var destination = fields.value("destination", Destination::parse);
    var filters =
        fields.has("filters")
            ? Optional.of(fields.list("filters", Filter::parse))
            : Optional.<List<Filter>>empty();
    fields.finish();
    for (int attempt = 0; attempt < Gateway.MAX_ATTEMPTS; attempt++) {
      var current =
          gateway
              .store()
              .resource(id, request.deadline())
              .orElseThrow(() -> notFound("resource", id, "resource list"));
      var old = current.value();
      var changed =
          new Resource(
              id,
              name.orElse(old.name()),
              destination.orElse(old.destination()),
              filters.orElse(old.filters()));
      if (gateway.store().updateResource(changed, current.version(), request.deadline())
          instanceof WriteResult.Stored<Resource>(var stored)) {
        log.atInfo().addKeyValue("resource", id).log("resource changed");
        return Reply.ok(Map.of("resource", Views.of(stored.value())));
      }
    }
    throw conflict("Others kept changing this resource at the same time.", "Try again.");
  }

  private Reply remove(Request request) {
    var id = new ResourceId(request.pathPart("id"));
    if (!gateway.store().removeResource(id, request.deadline())) {
      throw notFound("resource", id, "resource list");
    }
    log.atInfo().addKeyValue("resource", id).log("resource removed");
    return Reply.ok(Map.of("removed", id.value()));
  }
}
