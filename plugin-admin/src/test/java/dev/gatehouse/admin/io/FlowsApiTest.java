package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.FlowMonitor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FlowsApiTest extends AdminTest {

  static final FlowMonitor.Flow FULL =
      new FlowMonitor.Flow(
          true,
          Instant.parse("2026-01-01T00:00:00Z"),
          Instant.parse("2026-01-01T00:00:05Z"),
          "allowed",
          new ClientId("alice"),
          Optional.of(new ResourceId("git")),
          Optional.of("tcp/443"),
          "tcp",
          true,
          IpAddress.parse("10.99.0.2"),
          50122,
          IpAddress.parse("100.96.0.4"),
          443,
          Optional.of("git.example.com"),
          Optional.of(IpAddress.parse("10.20.0.5")),
          1,
          2,
          3,
          4);

  static final FlowMonitor.Flow EMPTY =
      new FlowMonitor.Flow(
          false,
          Instant.parse("2026-01-01T00:00:00Z"),
          Instant.parse("2026-01-01T00:00:00Z"),
          "no-authorization",
          new ClientId("bob"),
          Optional.empty(),
          Optional.empty(),
          "udp",
          true,
          IpAddress.parse("10.99.0.3"),
          1,
          IpAddress.parse("10.0.0.1"),
          53,
          Optional.empty(),
          Optional.empty(),
          1,
          28,
          0,
          0);

  @Test
  void flowsAreToldWithEverythingKnown() {
    house.stage.view = new FlowMonitor.View(List.of(FULL, EMPTY), false);

    var answer = asker.get("/v1/flows");

    assertThat(answer.objects("flows")).hasSize(2);
    assertThat(answer.objects("flows").getFirst())
        .containsEntry("live", true)
        .containsEntry("start", "2026-01-01T00:00:00Z")
        .containsEntry("last", "2026-01-01T00:00:05Z")
        .containsEntry("resource", "git")
        .containsEntry("rule", "tcp/443")
        .containsEntry("initiator", "client")
        .containsEntry("client-address", "10.99.0.2")
        .containsEntry("client-port", 50122)
        .containsEntry("remote-address", "100.96.0.4")
        .containsEntry("remote-port", 443)
        .containsEntry("domain", "git.example.com")
        .containsEntry("translated-address", "10.20.0.5")
        .containsEntry("received-bytes", 4);
    assertThat(answer.objects("flows").getLast()).doesNotContainKeys("resource", "rule", "domain");
    assertThat(answer.json()).containsEntry("more", false);
  }

  @Test
  void filtersArePassedOn() {
    asker.get("/v1/flows?client=alice&resource=git&denied=true&live=true&limit=7");
    asker.get("/v1/flows");

    assertThat(house.stage.queries)
        .containsExactly(
            new FlowMonitor.Query(
                Optional.of(new ClientId("alice")),
                Optional.of(new ResourceId("git")),
                true,
                true,
                7),
            new FlowMonitor.Query(Optional.empty(), Optional.empty(), false, false, 1000));
  }

  @Test
  void wrongQuestionsAreRefused() {
    for (var query : List.of("live=1", "denied=", "limit=0", "client=a%2Fb", "who=alice")) {
      assertThat(asker.get("/v1/flows?" + query).status()).as(query).isEqualTo(400);
    }
    assertThat(house.stage.queries).isEmpty();
  }
}
