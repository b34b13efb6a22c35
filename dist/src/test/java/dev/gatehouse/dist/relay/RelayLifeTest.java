package dev.gatehouse.dist.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starting, draining and stopping the relay, and what it says when it cannot start. */
@Tag("kernel")
@Timeout(600)
class RelayLifeTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int CONFIGURATION = 3;
  private static final int ENVIRONMENT = 5;

  @TempDir Path directory;

  private @Nullable RelaySite opened;

  @BeforeEach
  void open() throws IOException {
    opened = RelaySite.open(directory);
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private RelaySite site() {
    return Objects.requireNonNull(opened);
  }

  @Test
  void withoutAllocationsItStopsAtOnce() throws IOException {
    site().configured();
    var relay = site().start();

    relay.signal("TERM");

    assertThat(relay.awaitExit(SOON)).as(relay.output()).isZero();
    RelaySite.assertNothingToWorryAbout(relay);
  }

  @Test
  void allocationsGoOnWhileItDrainsAndTheSecondSignalEndsIt() throws IOException {
    NetLab.needs("turnutils_uclient", "turnutils_peer");
    site().configured("wide-channels = true");
    var relay = site().start();
    site().startPeer(RelaySite.OUTSIDE);
    var client =
        site()
            .outside
            .start(
                "turnutils_uclient",
                "-c",
                "-X",
                "-W",
                site().secret,
                "-u",
                "user",
                "-n",
                "600",
                "-z",
                "20",
                "-l",
                "100",
                "-e",
                RelaySite.OUTSIDE,
                "-r",
                "3480",
                RelaySite.RELAY);
    Await.until("data to flow", SOON, () -> site().metric("packets_total") > 40);

    relay.signal("TERM");
    relay.awaitLine("draining", SOON);

    assertThat(site().ask("/ready")).startsWith("503 ").contains("draining");
    assertThat(site().ask("/live")).startsWith("200 ");
    long before = site().metric("packets_total");
    Await.until("data to flow on", SOON, () -> site().metric("packets_total") > before + 40);
    var refused =
        site()
            .outside
            .attempt(
                "turnutils_uclient",
                "-c",
                "-X",
                "-y",
                "-m",
                "2",
                "-W",
                site().secret,
                "-u",
                "new",
                "-n",
                "1",
                RelaySite.RELAY);
    assertThat(refused.all()).as(refused.toString()).contains("error 508");
    client.awaitLine("Total lost packets 0 ", SOON);

    relay.signal("TERM");

    assertThat(relay.awaitExit(SOON)).as(relay.output()).isEqualTo(128 + 15);
  }

  @Test
  void theBoundOfDrainingIsKept() throws IOException {
    NetLab.needs("turnutils_uclient");
    site().configured("drain = \"1s\"", "wide-channels = true");
    var relay = site().start();
    var client =
        site()
            .outside
            .start(
                "turnutils_uclient",
                "-c",
                "-X",
                "-y",
                "-m",
                "2",
                "-W",
                site().secret,
                "-u",
                "user",
                "-n",
                "10000",
                "-z",
                "50",
                RelaySite.RELAY);
    Await.until("an allocation", SOON, () -> site().metric("allocations") > 0);

    relay.signal("TERM");

    assertThat(relay.awaitExit(SOON)).as(relay.output()).isZero();
    assertThat(relay.output()).contains("drained");
    client.kill();
  }

  @Test
  void allocationsOfClientsThatDiedExpire() throws IOException {
    NetLab.needs("turnutils_uclient");
    site()
        .configured(
            "wide-channels = true",
            "shortest-allocation = \"1s\"",
            "allocation-lifetime = \"3s\"",
            "longest-allocation = \"3s\"");
    site().start();
    var client =
        site()
            .outside
            .start(
                "turnutils_uclient",
                "-c",
                "-X",
                "-y",
                "-m",
                "2",
                "-W",
                site().secret,
                "-u",
                "user",
                "-n",
                "10000",
                "-z",
                "50",
                RelaySite.RELAY);
    Await.until("allocations", SOON, () -> site().metric("allocations") >= 2);
    client.kill();

    Await.until("them to expire", SOON, () -> site().metric("allocations") == 0);
    Await.until("their sockets to go", SOON, () -> site().metric("relayed_sockets") == 0);
  }

  @Test
  void flagsGoBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
    site().configured("realm = \"from-file\"", "ports = \"40000-40100\"");
    var started =
        site()
            .relay
            .start(
                java.util.Map.of(
                    "GATEHOUSE_RELAY_REALM",
                    "from-environment",
                    "GATEHOUSE_RELAY_PORTS",
                    "41000-41100"),
                directory,
                Bundle.program().toString(),
                "relay",
                "-c",
                site().configuration.toString(),
                "--realm",
                "from-flag",
                "--set",
                "private-peers=true");
    var ready = started.awaitLine("relay listening", RelaySite.START);

    assertThat(ready).contains("from-flag").contains("41000-41100");
  }

  @Test
  void aPortInUseIsASentence() throws IOException {
    site().configured();
    site().start();
    var second =
        site()
            .relay
            .attempt(
                Bundle.program().toString(),
                "relay",
                "-c",
                site().configuration.toString(),
                "--set",
                "monitored=false");
    // The same state directory is found out first.
    assertThat(second.exitCode()).as(second.toString()).isEqualTo(6);

    Files.writeString(
        site().configuration,
        Files.readString(site().configuration).replace("\"state\"", "\"state2\""));
    var third =
        site().relay.attempt(Bundle.program().toString(), "relay", "-c", site().configuration + "");
    assertThat(third.exitCode()).as(third.toString()).isEqualTo(ENVIRONMENT);
    assertThat(third.err()).contains("UDP port 3478 is in use", "listen in [relay]");
  }

  @Test
  void whatIsMissingIsSaid() throws IOException {
    site().configured();
    var text = Files.readString(site().configuration);

    assertRefused(text.replace("secret-file = \"secret\"", ""), "nobody could use this relay");
    assertRefused(text.replace("\"secret\"", "\"absent\""), "does not exist");
    assertRefused(text + "tls-listen = [\"0.0.0.0:5349\"]\n", "needs a certificate");
    assertRefused(
        text
            + "tls-listen = [\"0.0.0.0:5349\"]\ncertificate = \"no.pem\"\ncertificate-key ="
            + " \"no.pem\"\n",
        "no.pem, which [relay] names, does not exist");
    assertRefused(
        text.replaceFirst("public-addresses = .*", ""), "does not know its public address");
    assertRefused(text + "listn = [\"0.0.0.0:1\"]\n", "did you mean 'listen'?");
    Files.setPosixFilePermissions(
        directory.resolve("secret"), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(text, "chmod 0600");
  }

  private void assertRefused(String configuration, String sentence) throws IOException {
    Files.writeString(site().configuration, configuration);
    var outcome =
        site().relay.attempt(Bundle.program().toString(), "relay", "-c", site().configuration + "");
    assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(CONFIGURATION);
    assertThat(outcome.err()).contains(sentence).doesNotContain("\tat ");
  }
}
