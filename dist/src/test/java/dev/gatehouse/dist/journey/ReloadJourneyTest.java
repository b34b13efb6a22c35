package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway in use that is told to read its configuration again, and asked over TCP. */
@Tag("kernel")
class ReloadJourneyTest {

  private static final Duration SOON = Duration.ofMinutes(2);
  private static final Pattern HANDSHAKES = Pattern.compile("\"handshakes\":([0-9]+)");
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  @TempDir Path directory;

  private static long handshakes(Site site) {
    var found = HANDSHAKES.matcher(site.cli("status", "--json").out());
    assertThat(found.find()).isTrue();
    return Long.parseLong(found.group(1));
  }

  private static String audit(Site site) {
    try {
      return Files.readString(site.directory.resolve("state/policy-audit.jsonl"));
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void sessionsOutliveEveryReadingOfTheConfiguration() throws IOException {
    try (var site = Site.open(directory)) {
      var token = Files.writeString(site.directory.resolve("token"), TOKEN);
      Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
      Files.writeString(
          site.configuration,
          Files.readString(site.configuration)
              + "[admin]\nlisten = \"127.0.0.1:8443\"\ntoken-file = \"token\"\n");
      var host = "10.20.0." + site.nextHost();
      var gateway = site.startGateway();
      site.addResource("web", host + "/32");
      try (var client = site.newClient("alice").up()) {
        site.authorize("alice", "web", "8h");
        Await.until("the page", SOON, () -> client.fetch(host).succeeded(), gateway::output);
        var before = handshakes(site);
        var old = Files.readString(site.configuration);

        var better =
            old.replace("disconnect-after = \"2s\"", "disconnect-after = \"1h\"")
                    .replace("format = \"json\"", "format = \"json\"\nlevel = \"debug\"")
                + "[policy]\nrefresh = \"1s\"\nflow-log = true\n";
        Files.writeString(site.configuration, better);
        var reloaded = site.cli("reload");
        assertThat(reloaded.out())
            .isEqualTo("Changed: log.level, policy.refresh, tunnel.disconnect-after.\n");
        assertThat(reloaded.err()).contains("Restart the gateway for: policy.flow-log.");
        assertThat(client.fetch(host).succeeded()).isTrue();
        site.authorize("alice", "web", "9h");
        gateway.awaitLine("policies compiled", SOON); // a line of level DEBUG

        Files.writeString(site.configuration, better.replace("1h", "25h"));
        var refused = site.attemptCli("reload");
        assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
        assertThat(refused.err()).contains("tunnel.disconnect-after", "be from 1s to 1h");
        assertThat(client.fetch(host).succeeded()).isTrue();

        Files.writeString(site.configuration, old);
        gateway.signal("HUP");
        Await.until(
            "the audit log to tell of both",
            SOON,
            () -> audit(site).split("configuration-changed", -1).length == 3,
            gateway::output);
        assertThat(audit(site)).contains("\"origin\":\"admin\"", "\"origin\":\"SIGHUP\"");
        assertThat(client.fetch(host).succeeded()).isTrue();
        assertThat(handshakes(site)).as("nobody had to connect again").isEqualTo(before);

        assertThat(site.cli("flows", "--client", "alice").out()).contains("web", "allowed");
        var overTcp =
            site.gateway.attempt(
                Bundle.program().toString(),
                "peers",
                "--url",
                "http://127.0.0.1:8443",
                "--token-file",
                token.toString());
        assertThat(overTcp.out()).as(overTcp.toString()).contains("alice");
        var stranger = site.gateway.attempt("curl", "--silent", "http://127.0.0.1:8443/v1/clients");
        assertThat(stranger.out()).contains("GH-ADMIN-010").doesNotContain("alice");
      }
    }
  }
}
