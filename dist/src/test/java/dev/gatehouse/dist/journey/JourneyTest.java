package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the product is for, with real programs and a real kernel. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JourneyTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  /** A client notices a gateway that lost its sessions after 15 silent seconds. */
  private static final Duration REHANDSHAKE = Duration.ofSeconds(40);

  private @Nullable Site opened;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    opened = Site.open(directory);
    opened.startGateway();
  }

  @AfterAll
  void close() throws IOException {
    if (opened != null) {
      try {
        assertThat(Site.worries(opened.log())).as("what a clean run must not log").isEmpty();
        assertThat(String.join("\n", opened.log()))
            .as("secrets and client addresses have no place in the log")
            .doesNotContain(opened.secrets())
            .doesNotContain(Site.CLIENT);
      } finally {
        opened.close();
      }
    }
  }

  private Site site() {
    return Objects.requireNonNull(opened);
  }

  @Test
  void aStockClientShakesHandsAndReachesTheGateway() throws IOException {
    try (var alice = site().newClient("handshake").up()) {
      Await.until("an echo", SOON, () -> reachesGateway(alice));
      assertThat(alice.ping(Site.TUNNEL_GATEWAY_V6).all()).contains("1 received");
      assertThat(alice.lastHandshake()).isPositive();
    }
  }

  @Test
  void whatIsNotAuthorizedIsAnsweredAsProhibited() throws IOException {
    int host = site().nextHost();
    site().addResource("prohibited4", "10.20.0." + host + "/32");
    site().addResource("prohibited6", "fd00:20::" + host + "/128");
    try (var alice = site().newClient("unauthorized").up()) {
      Await.until(
          "an ICMP error",
          SOON,
          () -> alice.ping("10.20.0." + host).all().contains("Packet filtered"));
      assertThat(alice.ping("fd00:20::" + host).all()).contains("Administratively prohibited");

      var fetched = alice.fetch("10.20.0." + host);
      assertThat(fetched.succeeded()).isFalse();
      assertThat(fetched.took()).as("fails at once").isLessThan(StockClient.PATIENCE);
    }
  }

  @Test
  void authorizedHttpCrossesTheTunnelInBothFamilies() throws IOException {
    int host = site().nextHost();
    site().addResource("web4", "10.20.0." + host + "/32");
    site().addResource("web6", "fd00:20::" + host + "/128");
    try (var alice = site().newClient("both-families").up()) {
      site().authorize("both-families", "web4", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);
      assertThat(alice.fetch("[fd00:20::" + host + "]").succeeded()).isFalse();

      site().authorize("both-families", "web6", "1h");
      assertReaches(alice, "[fd00:20::" + host + "]", SOON);
    }
  }

  @Test
  void aKilledClientComesBackAndNeedsNoNewGrant() throws IOException {
    int host = site().nextHost();
    site().addResource("survives-client", "10.20.0." + host + "/32");
    var gateway = site().gatewayProgram();
    try (var alice = site().newClient("killed").up()) {
      site().authorize("killed", "survives-client", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);
      long disconnectsBefore = gateway.count("disconnected.*killed|killed.*disconnected");

      alice.kill();
      Await.until(
          "the disconnect event",
          SOON,
          () -> gateway.count("disconnected.*killed|killed.*disconnected") > disconnectsBefore,
          gateway::output);

      alice.up();
      assertReaches(alice, "10.20.0." + host, SOON);
    }
  }

  @Test
  void aKilledGatewayComesBackAndKnowsEveryGrant() throws IOException {
    int host = site().nextHost();
    site().addResource("survives-gateway", "10.20.0." + host + "/32");
    site().addResource("never-granted", "10.20.0." + site().nextHost() + "/32");
    try (var alice = site().newClient("patient").up()) {
      site().authorize("patient", "survives-gateway", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);

      site().gatewayProgram().kill();
      assertThat(alice.fetch("10.20.0." + host).succeeded()).isFalse();
      site().startGateway();

      assertReaches(alice, "10.20.0." + host, REHANDSHAKE);
    }
  }

  @Test
  void aRevokedGrantIsRefusedWithinASecond() throws IOException {
    int host = site().nextHost();
    site().addResource("revocable", "10.20.0." + host + "/32");
    try (var alice = site().newClient("revoked").up()) {
      site().authorize("revoked", "revocable", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);

      site().revoke("revoked", "revocable");
      var took =
          Await.until(
              "the refusal",
              Duration.ofSeconds(1),
              () -> !alice.fetch("10.20.0." + host).succeeded());
      System.out.println("refused " + took.toMillis() + " ms after the revocation was confirmed");

      site().gatewayProgram().kill();
      site().startGateway();
      Await.until("a new handshake", REHANDSHAKE, () -> reachesGateway(alice));
      assertThat(alice.fetch("10.20.0." + host).succeeded()).as("stays revoked").isFalse();
    }
  }

  @Test
  void anExpiredGrantIsRefused() throws IOException {
    int host = site().nextHost();
    site().addResource("short", "10.20.0." + host + "/32");
    try (var alice = site().newClient("expired").up()) {
      Await.until("an echo", SOON, () -> reachesGateway(alice));
      long before = System.nanoTime();
      site().authorize("expired", "short", "10s");
      assertReaches(alice, "10.20.0." + host, Duration.ofSeconds(10));
      Await.until("the refusal", SOON, () -> !alice.fetch("10.20.0." + host).succeeded());
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void thePrintedConfigurationIsReadyForWgQuick() throws IOException {
    NetLab.needs("wg-quick");
    int host = site().nextHost();
    site().addResource("quick", "10.20.0." + host + "/32");
    try (var alice = site().newClient("quick")) {
      site().authorize("quick", "quick", "1h");
      alice.upByWgQuick();
      assertReaches(alice, "10.20.0." + host, SOON);
      alice.downByWgQuick();
    }
  }

  @Test
  void resourcesThatKnowNoWayBackAreReachedByAddressTranslation() throws IOException {
    int host = site().nextHost();
    site().addResource("translated", "10.20.0." + host + "/32");
    site().resource.run("ip", "route", "delete", "100.64.0.0/16");
    try (var alice = site().newClient("translated").up()) {
      site().authorize("translated", "translated", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);
    } finally {
      site().resource.route("100.64.0.0/16", "10.20.0.1");
    }
  }

  @Test
  void theTunnelCarriesBulkTraffic() throws IOException {
    NetLab.needs("iperf3");
    int host = site().nextHost();
    site().addResource("bulk", "10.20.0." + host + "/32");
    var server = site().resource.start("iperf3", "--server", "--one-off", "--forceflush");
    server.awaitLine("Server listening", SOON);
    try (var alice = site().newClient("bulk").up()) {
      site().authorize("bulk", "bulk", "1h");
      assertReaches(alice, "10.20.0." + host, SOON);
      var measured =
          site()
              .client
              .run("iperf3", "--client", "10.20.0." + host, "--time", "3", "-f", "m")
              .out();
      assertThat(measured).contains("receiver");
      System.out.println("iperf3, one TCP stream, client to resource:");
      measured.lines().filter(line -> line.endsWith("receiver")).forEach(System.out::println);
    }
  }

  private static boolean reachesGateway(StockClient client) {
    return client.ping(Site.TUNNEL_GATEWAY).all().contains("1 received");
  }

  private static void assertReaches(StockClient client, String host, Duration atMost) {
    Await.until(
        "HTTP from " + host,
        atMost,
        () -> client.fetch(host).out().equals("hello from the resource\n"),
        () -> client.fetch(host).toString());
  }
}
