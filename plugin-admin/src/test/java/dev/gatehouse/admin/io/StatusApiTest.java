package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PeerStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusApiTest extends AdminTest {

  @Test
  void livesAsLongAsItAnswers() {
    house.store.unavailable = true;
    assertThat(asker.get("/live").status()).isEqualTo(200);
  }

  @Test
  void readyWhenEveryPluginIsWell() {
    var answer = asker.get("/ready");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).containsEntry("ready", true).containsEntry("reasons", List.of());
  }

  @Test
  void notReadySaysWhichPluginAndWhy() {
    house.tun.health = () -> Health.failing("The interface is down.");
    house.stage.health =
        () -> {
          throw new IllegalStateException("broken");
        };

    var answer = asker.get("/ready");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.objects("reasons"))
        .containsExactly(
            Map.of("plugin", "tun-linux", "problem", "The interface is down."),
            Map.of("plugin", "policy", "problem", "It cannot tell how it is."));
  }

  @Test
  void storeThatClaimsToBeWellButDoesNotAnswerMakesNotReady() {
    house.store.unavailable = true;

    var answer = asker.get("/ready");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.objects("reasons"))
        .containsExactly(Map.of("plugin", "auth-store", "problem", "The store does not answer."));
  }

  @Test
  void statusTellsOfEveryPlugin() {
    house.stage.status = Map.of("drops", Map.of("no-authorization", 7L), "compiled", 3);
    house.context.time().advance(Duration.ofSeconds(90));

    var answer = asker.get("/v1/status");

    assertThat(answer.json())
        .containsEntry("ready", true)
        .containsEntry("uptime-seconds", 90)
        .containsEntry("now", "2026-01-01T00:01:30Z");
    assertThat(answer.object("about")).containsEntry("version", "0.0.0-test");
    assertThat(answer.objects("plugins"))
        .extracting(p -> p.get("id") + " " + p.get("kind"))
        .containsExactly(
            "sqlite auth-store",
            "tun-linux tun",
            "wireguard tunnel",
            "udp transport",
            "policy stage",
            "admin stage");
    assertThat(answer.objects("plugins").get(4).get("status"))
        .isEqualTo(Map.of("drops", Map.of("no-authorization", 7), "compiled", 3));
  }

  @Test
  void statusSurvivesPluginsThatTellNonsense() {
    var endless = new LinkedHashMap<String, Object>();
    endless.put("self", endless);
    endless.put("rate", Double.NaN);
    endless.put("when", Duration.ofSeconds(3));
    house.stage.status = endless;

    assertThat(asker.get("/v1/status").status()).isEqualTo(200);
  }

  @Test
  void peersAreListed() {
    house.tunnel.peers = Future.succeededFuture(List.of(peer(true), peer(false)));

    assertThat(asker.get("/v1/peers").objects("peers").getFirst())
        .containsEntry("client", "alice")
        .containsEntry("public-key", House.key(1).toString())
        .containsEntry("connected", true)
        .containsEntry("endpoint", "192.0.2.9:4711")
        .containsEntry("last-handshake", "2026-01-01T00:00:00Z")
        .containsEntry("received-bytes", 10)
        .containsEntry("sent-bytes", 20);
  }

  @Test
  void tunnelThatFailsIsFaultNotEmptyList() {
    house.tunnel.peers = Future.failedFuture("broken");
    assertThat(asker.get("/v1/peers").status()).isEqualTo(500);
  }

  @Test
  void metricsAgreeWithStatus() {
    house.tunnel.peers = Future.succeededFuture(List.of(peer(true), peer(false), peer(false)));
    house.stage.status =
        Map.of("drops", Map.of("no-\"authorization", 7L, "malformed", 2L), "compiled", 12);
    house.tun.health = () -> Health.failing("The interface is down.");
    addClient("alice", 1);
    addResource("db", "10.0.0.1");
    asker.post("/v1/authorizations", "{\"client\":\"alice\",\"resource\":\"db\"}");

    var answer = asker.get("/metrics");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head()).containsIgnoringCase("content-type: text/plain; version=0.0.4");
    assertThat(answer.body().lines())
        .contains(
            "gatehouse_info{revision=\"test\",version=\"0.0.0-test\"} 1",
            "gatehouse_ready 0",
            "gatehouse_plugin_healthy{plugin=\"tun-linux\"} 0",
            "gatehouse_plugin_healthy{plugin=\"sqlite\"} 1",
            "gatehouse_drops_total{plugin=\"policy\",reason=\"malformed\"} 2",
            "gatehouse_drops_total{plugin=\"policy\",reason=\"no-\\\"authorization\"} 7",
            "gatehouse_plugin_number{name=\"compiled\",plugin=\"policy\"} 12",
            "gatehouse_peers{state=\"connected\"} 1",
            "gatehouse_peers{state=\"disconnected\"} 2",
            "gatehouse_clients 1",
            "gatehouse_resources 1",
            "gatehouse_authorizations 1");
    assertThat(answer.body().lines().filter(line -> line.startsWith("# TYPE")))
        .doesNotHaveDuplicates();
  }

  @Test
  void storeIsNotCountedOnEveryScrape() {
    assertThat(asker.get("/metrics").body().lines()).contains("gatehouse_clients 0");
    addClient("alice", 1);
    assertThat(asker.get("/metrics").body().lines()).contains("gatehouse_clients 0");
    house.context.time().advance(Duration.ofSeconds(10));
    assertThat(asker.get("/metrics").body().lines()).contains("gatehouse_clients 1");
  }

  private static PeerStatus peer(boolean connected) {
    return new PeerStatus(
        1,
        new ClientId("alice"),
        House.key(1),
        connected,
        Optional.of(Endpoint.parse("192.0.2.9:4711")),
        Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
        10,
        20,
        Optional.empty());
  }
}
