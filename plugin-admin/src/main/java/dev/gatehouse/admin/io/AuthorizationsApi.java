package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.conflict;
import static dev.gatehouse.admin.io.Gateway.invalid;
import static dev.gatehouse.admin.io.Gateway.notFound;

import dev.gatehouse.admin.core.Fields;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Spans;
import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Authorizations: listing, granting and extending, revoking. */
final class AuthorizationsApi {

  private static final Logger log = LoggerFactory.getLogger(AuthorizationsApi.class);

  private final Gateway gateway;

  AuthorizationsApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/v1/authorizations",
            Set.of("cursor", "limit", "client", "resource"),
            this::list),
        Route.of("POST", "/v1/authorizations", this::grant),
        new Route("DELETE", "/v1/authorizations", Set.of("client", "resource"), this::revokeAll),
        Route.of("DELETE", "/v1/authorizations/{client}/{resource}", this::revoke));
  }

  private Reply list(Request request) {
    var now = gateway.now();
    var client = request.parameter("client").map(ClientId::new);
    var resource = request.parameter("resource").map(ResourceId::new);
    var page =
        gateway.store().authorizations(request.cursor(), request.limit(), request.deadline());
    var wanted =
        new Page<>(
            page.items().stream().filter(item -> fits(item.value(), client, resource)).toList(),
            page.next());
    return Reply.ok(Gateway.view("authorizations", wanted, a -> Views.of(a, now)));
  }

  private static boolean fits(
      Authorization authorization, Optional<ClientId> client, Optional<ResourceId> resource) {
    return client.map(authorization.key().client()::equals).orElse(true)
        && resource.map(authorization.key().resource()::equals).orElse(true);
  }

  private Reply grant(Request request) {
    var fields = request.fields();
    var key =
        new AuthorizationKey(
            fields.required("client", ClientId::new), fields.required("resource", ResourceId::new));
    var now = gateway.now();
    var expiresAt = expiry(fields, now);
    var origin = fields.text("origin").orElse("api");
    fields.finish();
    var wanted = new Authorization(key, now, expiresAt, origin);
    for (int attempt = 0; attempt < Gateway.MAX_ATTEMPTS; attempt++) {
      switch (gateway.store().grant(wanted, request.deadline())) {
        case WriteResult.Stored<Authorization>(var stored) -> {
          return changed("granted", stored.value(), 201, now);
        }
        case WriteResult.Conflict<Authorization>(var current) -> {
          var reply = current.flatMap(found -> extend(found, expiresAt, now, request.deadline()));
          if (reply.isPresent()) {
            return reply.get();
          }
        }
      }
    }
    throw conflict("Others kept changing this authorization at the same time.", "Try again.");
  }

  private static Optional<Instant> expiry(Fields fields, Instant now) {
    var until = fields.value("until", Spans::parseMoment);
    var span = fields.value("for", Spans::parseSpan);
    if (until.isPresent() && span.isPresent()) {
      throw invalid("Both 'for' and 'until' are given.", "Give one of them, or none.");
    }
    if (until.isPresent() && !until.get().isAfter(now)) {
      throw invalid(
          "The moment " + until.get() + " has passed already.",
          "Give one in the future; on this gateway it is " + now + ".");
    }
    return until.or(() -> span.map(now::plus));
  }

  /** Empty if the authorization was changed by someone else meanwhile. */
  private Optional<Reply> extend(
      Versioned<Authorization> current, Optional<Instant> expiresAt, Instant now, Deadline by) {
    var before = current.value().expiresAt();
    if (before.equals(expiresAt)) {
      return Optional.of(answer("unchanged", current.value(), 200, now));
    }
    var result = gateway.store().extend(current.value().key(), expiresAt, current.version(), by);
    return switch (result) {
      case WriteResult.Stored<Authorization>(var stored) ->
          Optional.of(
              changed(
                  isLater(expiresAt, before) ? "extended" : "shortened", stored.value(), 200, now));
      case WriteResult.Conflict<Authorization> _ -> Optional.empty();
    };
  }

  private static boolean isLater(Optional<Instant> expiresAt, Optional<Instant> before) {
    return expiresAt.isEmpty() || (before.isPresent() && expiresAt.get().isAfter(before.get()));
  }

  private static Reply changed(
      String result, Authorization authorization, int status, Instant now) {
    log.atInfo()
        .addKeyValue("client", authorization.key().client())
        .addKeyValue("resource", authorization.key().resource())
        .addKeyValue("result", result)
        .addKeyValue("expires-at", authorization.expiresAt().map(Instant::toString).orElse("never"))
        .addKeyValue("origin", authorization.origin())
        .log("access authorized");
    return answer(result, authorization, status, now);
  }

  private static Reply answer(String result, Authorization authorization, int status, Instant now) {
    var object = new LinkedHashMap<String, Object>();
    object.put("result", result);
    object.put("authorization", Views.of(authorization, now));
    return Reply.json(status, object);
  }

  private Reply revoke(Request request) {
    var key =
        new AuthorizationKey(
            new ClientId(request.pathPart("client")), new ResourceId(request.pathPart("resource")));
    if (!gateway.store().revoke(key, request.deadline())) {
      throw notFound("authorization", key, "authorizations");
    }
    log.atInfo()
        .addKeyValue("client", key.client())
        .addKeyValue("resource", key.resource())
        .log("access revoked");
    return Reply.ok(Map.of("revoked", 1));
  }

  private Reply revokeAll(Request request) {
    var client = request.parameter("client").map(ClientId::new);
    var resource = request.parameter("resource").map(ResourceId::new);
    if (client.isPresent() == resource.isPresent()) {
      throw invalid(
          "It is not said whose authorizations are to end.",
          "Give one of the parameters 'client' and 'resource'.");
    }
    int revoked =
        client
            .map(id -> revokeClient(id, request.deadline()))
            .or(() -> resource.map(id -> revokeResource(id, request.deadline())))
            .orElse(0);
    return Reply.ok(Map.of("revoked", revoked));
  }

  private int revokeClient(ClientId id, Deadline deadline) {
    int revoked = gateway.store().revokeClient(id, deadline);
    if (revoked == 0 && gateway.store().client(id, deadline).isEmpty()) {
      throw notFound("client", id, "client list");
    }
    log.atInfo()
        .addKeyValue("client", id)
        .addKeyValue("authorizations", revoked)
        .log("all access of a client revoked");
    return revoked;
  }

  private int revokeResource(ResourceId id, Deadline deadline) {
    int revoked = gateway.store().revokeResource(id, deadline);
    if (revoked == 0 && gateway.store().resource(id, deadline).isEmpty()) {
      throw notFound("resource", id, "resource list");
    }
    log.atInfo()
        .addKeyValue("resource", id)
        .addKeyValue("authorizations", revoked)
        .log("all access to a resource revoked");
    return revoked;
  }
}
