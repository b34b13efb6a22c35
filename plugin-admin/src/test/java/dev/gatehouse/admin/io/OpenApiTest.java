package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Schemas.object;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.Reloaded;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The description says what the API does: no more, no less. */
class OpenApiTest extends AdminTest {

  private final Set<String> tried = new TreeSet<>();

  private Map<String, Object> document() {
    return asker.get("/v1/openapi.json").json();
  }

  private List<Route> routes() {
    return AdminPlugin.router(house.context).routes();
  }

  private static String name(Route route) {
    return route.method() + " " + route.path();
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    var described = new TreeSet<String>();
    object(document(), "paths")
        .forEach((path, item) ->
            ((Map<?, ?>) item)
                .keySet()
                .forEach(method ->
                    described.add(method.toString().toUpperCase(Locale.ROOT) + " " + path)));

    assertThat(described)
        .isEqualTo(routes().stream().map(OpenApiTest::name).collect(Collectors.toSet()));
  }

  @Test
  void everyParameterIsDescribedAndNothingElse() {
    for (var route : routes()) {
      var described = new HashSet<String>();
      if (operation(route.method(), route.path()).get("parameters") instanceof List<?> list) {
        list.forEach(
            p -> described.add(((Map<?, ?>) p).get("in") + " " + ((Map<?, ?>) p).get("name")));
      }
      var wanted = new HashSet<String>();
      route.parameters().forEach(p -> wanted.add("query " + p));
      for (var segment : route.path().split("/", -1)) {
        if (segment.startsWith("{")) {
          wanted.add("path " + segment.substring(1, segment.length() - 1));
        }
      }
      assertThat(described).as(name(route)).isEqualTo(wanted);
    }
  }

  @Test
  void everyAnswerIsAsDescribed() {
    house.tunnel.peers = Future.succeededFuture(List.of(peer()));
    var key = "\",\"public-key\":\"" + House.key(1) + "\"";
    tryOut(201, "POST", "/v1/clients", "/v1/clients", "{\"id\":\"alice" + key + "}");
    tryOut(409, "POST", "/v1/clients", "/v1/clients", "{\"id\":\"alice" + key + "}");
    tryOut(400, "POST", "/v1/clients", "/v1/clients", "{");
    tryOut(
        201,
        "POST",
        "/v1/resources",
        "/v1/resources",
        "{\"id\":\"db\",\"destination\":\"10.0.0.0/8\",\"filters\":[\"tcp/1\"]}");
    var grant = "{\"client\":\"alice\",\"resource\":\"db\",\"for\":\"1h\"}";
    tryOut(201, "POST", "/v1/authorizations", "/v1/authorizations", grant);
    tryOut(200, "POST", "/v1/authorizations", "/v1/authorizations", grant);
    tryOut(
        404,
        "POST",
        "/v1/authorizations",
        "/v1/authorizations",
        "{\"client\":\"nobody\",\"resource\":\"db\"}");
    for (var path :
        List.of(
            "/live",
            "/ready",
            "/v1/status",
            "/v1/peers",
            "/v1/gateway",
            "/v1/clients",
            "/v1/resources",
            "/v1/authorizations")) {
      tryOut(200, "GET", path, path, "");
    }
    tryOut(200, "GET", "/v1/clients/{id}", "/v1/clients/alice", "");
    tryOut(404, "GET", "/v1/clients/{id}", "/v1/clients/bob", "");
    tryOut(200, "GET", "/v1/resources/{id}", "/v1/resources/db", "");
    tryOut(200, "PATCH", "/v1/clients/{id}", "/v1/clients/alice", "{\"name\":\"A\"}");
    tryOut(404, "PATCH", "/v1/clients/{id}", "/v1/clients/bob", "{\"name\":\"B\"}");
    tryOut(200, "PATCH", "/v1/resources/{id}", "/v1/resources/db", "{\"name\":\"D\"}");
    tryOut(200, "GET", "/v1/explain", "/v1/explain?client=alice&destination=10.0.0.1", "");
    tryOut(400, "GET", "/v1/explain", "/v1/explain?client=alice", "");
    tryOut(
        200, "DELETE", "/v1/authorizations/{client}/{resource}", "/v1/authorizations/alice/db", "");
    tryOut(
        404, "DELETE", "/v1/authorizations/{client}/{resource}", "/v1/authorizations/alice/db", "");
    tryOut(200, "DELETE", "/v1/authorizations", "/v1/authorizations?client=alice", "");
    tryOut(200, "DELETE", "/v1/resources/{id}", "/v1/resources/db", "");
    tryOut(200, "DELETE", "/v1/clients/{id}", "/v1/clients/alice", "");
    tryOut(202, "POST", "/v1/store/backup", "/v1/store/backup", "{\"file\":\"/b\"}");
    tryOut(400, "POST", "/v1/store/backup", "/v1/store/backup", "{\"file\":\"b\"}");
    StoreApiTest.await(asker, "backup-1");
    tryOut(202, "POST", "/v1/store/verify", "/v1/store/verify", "{}");
    StoreApiTest.await(asker, "verification-2");
    tryOut(200, "GET", "/v1/store/tasks/{task}", "/v1/store/tasks/verification-2", "");
    tryOut(404, "GET", "/v1/store/tasks/{task}", "/v1/store/tasks/other", "");
    house.stage.view = new FlowMonitor.View(List.of(FlowsApiTest.FULL, FlowsApiTest.EMPTY), true);
    tryOut(200, "GET", "/v1/flows", "/v1/flows?client=alice&denied=true&limit=2", "");
    tryOut(400, "GET", "/v1/flows", "/v1/flows?denied=yes", "");
    tryOut(404, "POST", "/v1/reload", "/v1/reload", "");
    house.context.reloading(() -> new Reloaded(List.of("policy.refresh"), List.of("tun.mtu")));
    tryOut(200, "POST", "/v1/reload", "/v1/reload", "{}");
    tryOut(400, "POST", "/v1/reload", "/v1/reload", "{\"now\":true}");
    house.stage.health = () -> Health.failing("It lags.");
    tryOut(503, "GET", "/ready", "/ready", "");
    tryOut(200, "GET", "/v1/status", "/v1/status", "");
    house.store.unavailable = true;
    tryOut(503, "GET", "/v1/clients", "/v1/clients", "");
    tryOut(503, "GET", "/ready", "/ready", "");
    tried.addAll(List.of("GET /metrics", "GET /v1/openapi.json")); // not JSON, or this very text

    assertThat(tried)
        .isEqualTo(routes().stream().map(OpenApiTest::name).collect(Collectors.toSet()));
  }

  @Test
  void requestsAsDescribedAreUnderstood() {
    for (var schema : List.of("NewClient", "NewResource", "NewAuthorization")) {
      var described =
          object(object(object(object(document(), "components"), "schemas"), schema), "properties")
              .keySet();
      var path =
          Map.of(
              "NewClient", "/v1/clients",
              "NewResource", "/v1/resources",
              "NewAuthorization", "/v1/authorizations");
      var refused = asker.post(String.valueOf(path.get(schema)), complete(schema));
      assertThat(refused.text("problem")).isEqualTo("The field 'unknown' is not known here.");
      assertThat(List.of(refused.text("fix").replaceAll(".*: |\\.", "").split(", ", -1)))
          .containsExactlyInAnyOrderElementsOf(new ArrayList<>(described));
    }
  }

  private static String complete(String schema) {
    var fields =
        switch (schema) {
          case "NewClient" -> "\"id\":\"a\",\"public-key\":\"" + House.key(1) + "\"";
          case "NewResource" -> "\"id\":\"a\",\"destination\":\"10.0.0.1\"";
          default -> "\"client\":\"a\",\"resource\":\"b\"";
        };
    return "{" + fields + ",\"unknown\":1}";
  }

  private Map<String, Object> operation(String method, String path) {
    return object(object(object(document(), "paths"), path), method.toLowerCase(Locale.ROOT));
  }

  private void tryOut(int status, String method, String route, String path, String body) {
    var description = document();
    var answer = asker.ask(method, path, body);
    tried.add(method + " " + route);
    assertThat(answer.status()).as(method + " " + path + ": " + answer.body()).isEqualTo(status);
    var responses =
        object(
            object(object(object(description, "paths"), route), method.toLowerCase(Locale.ROOT)),
            "responses");
    assertThat(responses).as(method + " " + route).containsKey(Integer.toString(status));
    var schema =
        object(
            object(
                object(object(responses, Integer.toString(status)), "content"), "application/json"),
            "schema");
    assertThat(new Schemas(description).problems(schema, answer.json()))
        .as(method + " " + path + ": " + answer.body())
        .isEmpty();
  }

  private static PeerStatus peer() {
    return new PeerStatus(
        1,
        new ClientId("alice"),
        House.key(1),
        true,
        Optional.of(Endpoint.parse("192.0.2.9:4711")),
        Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
        10,
        20,
        Optional.empty());
  }
}
