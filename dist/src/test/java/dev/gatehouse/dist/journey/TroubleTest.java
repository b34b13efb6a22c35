package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
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
import org.junit.jupiter.api.io.TempDir;

/** What happens when the machine, another program or a stranger gets in the way. */
@Tag("kernel")
class TroubleTest {

  private static final int ENVIRONMENT = 5;
  private static final int STATE = 6;

  @TempDir Path directory;

  private @Nullable Site opened;

  @BeforeEach
  void open() throws IOException {
    opened = Site.open(directory);
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private Site site() {
    return Objects.requireNonNull(opened);
  }

  @Test
  void sigtermStopsCleanlyAndRemovesTheDevice() {
    var gateway = site().startGateway();
    assertThat(site().gateway.run("ip", "link").out()).contains(site().lab.prefix() + "g");

    gateway.signal("TERM");

    assertThat(gateway.awaitExit(Duration.ofSeconds(60))).as(gateway.output()).isZero();
    assertThat(site().gateway.run("ip", "link").out()).doesNotContain(site().lab.prefix() + "g");
    assertThat(Site.worries(gateway.lines())).isEmpty();
    assertNoStackTrace(gateway.output());
  }

  @Test
  void aUsedPortIsOneSentence() {
    var holder = site().gateway.start("wireguard-go", "--foreground", site().lab.prefix() + "h");
    Await.until(
        "the other program's interface",
        Duration.ofSeconds(60),
        () -> site().gateway.attempt("wg", "show", site().lab.prefix() + "h").succeeded(),
        holder::output);
    site().gateway.run("wg", "set", site().lab.prefix() + "h", "listen-port", "51820");
    site().gateway.run("ip", "link", "set", site().lab.prefix() + "h", "up");

    var refused = refusedStart();

    assertThat(refused.awaitExit(Site.START)).as(refused.output()).isEqualTo(ENVIRONMENT);
    assertThat(refused.output()).contains("51820");
    assertNoStackTrace(refused.output());
  }

  @Test
  void aSecondGatewayOnOneStateDirectoryIsRefused() {
    var first = site().startGateway();

    var second = refusedStart();

    assertThat(second.awaitExit(Site.START)).as(second.output()).isEqualTo(STATE);
    assertThat(second.output()).contains("state");
    assertNoStackTrace(second.output());
    assertThat(first.isAlive()).isTrue();
  }

  @Test
  void withoutThePermissionForTunThereIsOneSentence() {
    site().gateway.run("chown", "-R", "nobody", directory.toString());
    var refused =
        site()
            .gateway
            .start(
                "setpriv",
                "--reuid=nobody",
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                Bundle.program().toString(),
                "run",
                "-c",
                site().configuration.toString());

    assertThat(refused.awaitExit(Site.START)).as(refused.output()).isEqualTo(ENVIRONMENT);
    assertThat(refused.output()).containsAnyOf("CAP_NET_ADMIN", "/dev/net/tun");
    assertNoStackTrace(refused.output());
  }

  @Test
  void anUnreadableKeyFileIsOneSentence() throws IOException {
    Files.createDirectories(
        directory.resolve("state"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    var key = Files.writeString(directory.resolve("gateway.key"), "this is no key\n");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        site().configuration,
        Files.readString(site().configuration)
            .replace("[tunnel]", "[tunnel]\nprivate-key-file = \"gateway.key\""));

    var refused = refusedStart();

    assertThat(refused.awaitExit(Site.START))
        .as(refused.output())
        .isEqualTo(BadInputTest.CONFIGURATION);
    assertThat(refused.output()).contains("gateway.key").doesNotContain("this is no key");
    assertNoStackTrace(refused.output());
  }

  @Test
  void rubbishFromStrangersIsCountedAndNothingElse() throws IOException {
    var gateway = site().startGateway();
    int host = site().nextHost();
    site().addResource("web", "10.20.0." + host + "/32");
    try (var alice = site().newClient("alice").up()) {
      site().authorize("alice", "web", "1h");
      Await.until("HTTP", Duration.ofSeconds(60), () -> alice.fetch("10.20.0." + host).succeeded());

      // Datagrams of many lengths and every first byte, to the port anybody may write to.
      site()
          .client
          .run(
              "bash",
              "-c",
              "exec 3>/dev/udp/"
                  + Site.GATEWAY
                  + "/51820; for i in $(seq 700); do"
                  + " head -c $((i * 2)) /dev/urandom >&3; done");
      // Packets from the resource side to tunnel addresses nobody has, of every protocol number.
      site()
          .resource
          .run(
              "bash",
              "-c",
              "for i in $(seq 2 60); do ping -n -c1 -W0.01 100.64.9.$i >/dev/null;"
                  + " echo rubbish >/dev/udp/100.64.8.$i/9; done; true");

      assertThat(gateway.isAlive()).isTrue();
      assertThat(alice.fetch("10.20.0." + host).out()).isEqualTo("hello from the resource\n");
      assertThat(site().cli("status", "--json").out()).contains("drops");
    }
    assertThat(Site.worries(gateway.lines())).isEmpty();
    assertNoStackTrace(gateway.output());
  }

  private Background refusedStart() {
    return site()
        .gateway
        .start(Bundle.program().toString(), "run", "-c", site().configuration.toString());
  }

  private static void assertNoStackTrace(String output) {
    assertThat(output)
        .doesNotContain("\tat ")
        .doesNotContain("Caused by")
        .doesNotContain("Exception");
  }
}
