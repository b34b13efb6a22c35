package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.spi.PolicyExplainer.Explanation;
import dev.gatehouse.api.spi.PolicyExplainer.Question;
import dev.gatehouse.api.store.StoreSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExplainingTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final ClientId LAPTOP = new ClientId("laptop");

  private final List<Resource> resources = new ArrayList<>();
  private final List<Authorization> authorizations = new ArrayList<>();

  private void grant(String id, String destination, Optional<Instant> until, String... filters) {
    var resource =
        new Resource(
            new ResourceId(id),
            id,
            Destination.parse(destination),
            List.of(filters).stream().map(Filter::parse).toList());
    resources.add(resource);
    authorizations.add(
        new Authorization(new AuthorizationKey(LAPTOP, resource.id()), NOW, until, "test"));
  }

  private Explanation explain(String destination, int protocol, int port) {
    return explain(destination, protocol, port, WallClock.nanosOf(NOW));
  }

  private Explanation explain(String destination, int protocol, int port, long wallNanos) {
    var client =
        new Client(
            LAPTOP,
            "Laptop",
            PublicKey.of(new byte[32]),
            Optional.empty(),
            TunnelAddresses.of(List.of(Packets.address("100.64.0.10"))));
    var model = new PolicyModel(new PolicyTable.Surroundings(Worlds.GATEWAY, Worlds.NETWORKS), 10);
    model.reset(new StoreSnapshot(7, List.of(client), resources, authorizations), 0);
    var question = new Question(LAPTOP, Packets.address(destination), protocol, port);
    return new Explaining(model.compile(), wallNanos, false).explain(question);
  }

  @Test
  void namesTheResourceThatPermitsAndUntilWhen() {
    var until = NOW.plusSeconds(3600);
    grant("wide", "10.0.0.0/8", Optional.empty());
    grant("web", "10.0.0.0/24", Optional.of(until), "tcp/80");

    var answer = explain("10.0.0.5", IpPacket.TCP, 80);

    assertThat(answer.allowed()).isTrue();
    assertThat(answer.resource()).contains(new ResourceId("web"));
    assertThat(answer.until()).contains(until);
    assertThat(answer.reason()).isEqualTo("Resource 'web' permits it until 2026-01-01T01:00:00Z.");
    assertThat(answer.considered())
        .containsExactly(
            "web: 10.0.0.0/24, tcp/80, until 2026-01-01T01:00:00Z",
            "wide: 10.0.0.0/8, everything, until it is revoked");
  }

  @Test
  void saysThatFiltersRefuse() {
    grant("web", "10.0.0.0/24", Optional.empty(), "tcp/80", "icmp");

    var answer = explain("10.0.0.5", IpPacket.TCP, 22);

    assertThat(answer.allowed()).isFalse();
    assertThat(answer.verdict()).isEqualTo("filtered");
    assertThat(answer.reason()).contains("'web'").contains("no filter");
    assertThat(explain("10.0.0.5", IpPacket.ICMP, 0).allowed()).isTrue();
  }

  @Test
  void showsWhatHasExpired() {
    grant("web", "10.0.0.0/24", Optional.of(NOW));

    var answer = explain("10.0.0.5", IpPacket.UDP, 53);

    assertThat(answer.verdict()).isEqualTo("no-authorization");
    assertThat(answer.considered()).singleElement().asString().endsWith(", expired");
  }

  @Test
  void saysThatTheClockIsNotSet() {
    grant("ending", "10.0.0.0/24", Optional.of(NOW.plusSeconds(60)));
    grant("endless", "10.1.0.0/24", Optional.empty());

    var refused = explain("10.0.0.5", IpPacket.UDP, 53, WallClock.UNKNOWN);

    assertThat(refused.verdict()).isEqualTo("no-authorization");
    assertThat(refused.reason()).contains("clock is not set");
    assertThat(refused.considered()).singleElement().asString().endsWith(", the clock is not set");
    assertThat(explain("10.1.0.5", IpPacket.UDP, 53, WallClock.UNKNOWN).allowed()).isTrue();
    assertThat(explain("10.2.0.5", IpPacket.UDP, 53, WallClock.UNKNOWN).reason())
        .contains("No authorization");
  }

  @Test
  void explainsWhatNeedsNoAuthorizationOrGetsNone() {
    grant("all", "internet", Optional.empty());

    assertThat(explain("100.64.0.1", IpPacket.UDP, 53).reason()).contains("the gateway itself");
    assertThat(explain("100.64.0.11", IpPacket.UDP, 53).verdict()).isEqualTo("other-peer");
    assertThat(explain("10.0.0.1", IpPacket.UDP, 53).verdict()).isEqualTo("unreachable");
    assertThat(explain("1.1.1.1", IpPacket.UDP, 53).allowed()).isTrue();
    assertThat(explain("2001:db8::1", IpPacket.UDP, 53).reason()).contains("no IPv6 address");
  }
}
