package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowsAndReloadTest extends RemoteTest {

  private static final String FLOWS =
      """
      {"flows": [
        {"live": true, "start": "2026-01-01T00:00:00Z", "last": "2026-01-01T00:00:05Z",
         "verdict": "allowed", "client": "alice", "resource": "git", "rule": "tcp/443",
         "protocol": "tcp", "initiator": "client", "client-address": "10.99.0.2",
         "client-port": 50122, "remote-address": "100.96.0.4", "remote-port": 443,
         "domain": "git.example.com", "sent-packets": 40, "sent-bytes": 3120,
         "received-packets": 51, "received-bytes": 48210},
        {"live": true, "start": "2026-01-01T00:00:00Z", "last": "2026-01-01T00:00:05Z",
         "verdict": "no-authorization", "client": "bob", "protocol": "icmp",
         "initiator": "client", "client-address": "fd99::3", "client-port": 0,
         "remote-address": "fd00::1", "remote-port": 0, "sent-packets": 1, "sent-bytes": 48,
         "received-packets": 0, "received-bytes": 0}],
       "more": true}
      """;

  @Test
  void flowsAreATable() {
    gateway.on("GET /v1/flows?limit=100", 200, FLOWS);

    assertThat(gatehouse("flows")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            CLIENT  FROM             TO                   PROTOCOL  RESOURCE  VERDICT           STATE  SENT      RECEIVED
            alice   10.99.0.2:50122  git.example.com:443  tcp       git       allowed           live   3.05 KiB  47.08 KiB
            bob     [fd99::3]        [fd00::1]            icmp      -         no-authorization  live   48 B      0 B
            """);
    assertThat(err).isEqualTo("There are more; narrow it down, or raise --limit.\n");
  }

  @Test
  void filtersAreAsked() {
    gateway.on(
        "GET /v1/flows?limit=7&client=alice&resource=git&denied=true&live=true",
        200,
        "{\"flows\": [], \"more\": false}");

    assertThat(
            gatehouse(
                "flows",
                "--client",
                "alice",
                "--resource",
                "git",
                "--denied",
                "--live",
                "--limit",
                "7",
                "--json"))
        .isZero();
    assertThat(out).isEqualTo("{\"flows\":[],\"more\":false}\n");
    assertThat(gatehouse("flows", "--client", "a/b")).isEqualTo(7);
  }

  @Test
  void reloadTellsWhatChanged() {
    gateway.on(
        "POST /v1/reload",
        200,
        "{\"changed\": [\"policy.refresh\", \"log.level\"], \"after-restart\": [\"tun.mtu\"]}");

    assertThat(gatehouse("reload")).isZero();
    assertThat(out).isEqualTo("Changed: policy.refresh, log.level.\n");
    assertThat(err).isEqualTo("Restart the gateway for: tun.mtu.\n");

    gateway.on("POST /v1/reload", 200, "{\"changed\": [], \"after-restart\": []}");
    assertThat(gatehouse("reload")).isZero();
    assertThat(out).isEqualTo("The configuration is sound; no setting changed.\n");
  }

  @Test
  void refusedReloadIsToldInTheGatewaysWords() {
    gateway.on(
        "POST /v1/reload",
        400,
        "{\"code\":\"GH-CONFIG-001\",\"problem\":\"tun.mtu: must be from 1280 to 65535.\",\"fix\":\"\"}");

    assertThat(gatehouse("reload")).isEqualTo(7);
    assertThat(err).contains("tun.mtu: must be from 1280 to 65535.");
  }
}
