package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running gateway whose disk is full, as its operator and its client see it. */
@Tag("kernel")
class FullDiskTest {

  private static final int STATE = 6;
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path directory;

  private @Nullable Path disk;
  private @Nullable Site opened;

  @BeforeEach
  void open() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small disk");
    var mountPoint = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mountPoint.toString()) == 0,
        "needs the right to mount a small disk");
    disk = mountPoint;
    opened = Site.open(mountPoint);
  }

  @AfterEach
  void close() throws Exception {
    if (opened != null) {
      opened.close();
    }
    if (disk != null) {
      run("umount", "-l", disk.toString());
    }
  }

  private Site site() {
    return Objects.requireNonNull(opened);
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).start().waitFor();
  }

  private Outcome ready() {
    return site()
        .gateway
        .attempt(
            "curl",
            "--silent",
            "--unix-socket",
            site().directory.resolve("state/admin.sock").toString(),
            "http://gatehouse/ready");
  }

  private boolean isReady() {
    return ready().out().contains("\"ready\":true");
  }

  @Test
  void aRevocationTakesEffectIsToldAndLastsOnceThereIsRoom() throws Exception {
    var site = site();
    var host = site.nextHost();
    var gateway = site.startGateway();
    site.addResource("web", "10.20.0." + host + "/32");
    try (var client = site.newClient("alice").up()) {
      site.authorize("alice", "web", "8h");
      Await.until("the page", SOON, () -> client.fetch("10.20.0." + host).succeeded());
      assertThat(isReady()).as(ready().out()).isTrue();

      var filler = site.directory.resolve("filler").toString();
      run("dd", "if=/dev/zero", "of=" + filler, "bs=4k");

      var revoked = site.attemptCli("revoke", "alice", "web");
      assertThat(revoked.exitCode()).as(revoked.toString()).isEqualTo(STATE);
      assertThat(revoked.err()).contains("is full", "Free some space");
      Await.until(
          "the client to be refused",
          SOON,
          () -> !client.fetch("10.20.0." + host).succeeded(),
          gateway::output);
      Await.until("/ready to say so", SOON, () -> !isReady(), () -> ready().toString());
      assertThat(ready().out()).contains("is full", "not durable");

      Files.delete(Path.of(filler));
      Await.until("/ready to be well again", SOON, this::isReady, () -> ready().toString());
      assertThat(client.fetch("10.20.0." + host).succeeded()).isFalse();
      assertThat(site.cli("authorizations").out()).doesNotContain("alice");

      gateway.kill();
      site.startGateway();
      assertThat(site.cli("authorizations").out()).doesNotContain("alice");
    }
  }

  private String figures() {
    return site()
        .gateway
        .attempt(
            "curl",
            "--silent",
            "--unix-socket",
            site().directory.resolve("state/admin.sock").toString(),
            "http://gatehouse/metrics")
        .out();
  }

  @Test
  void packetsFlowWhileLogsFindNoRoomAndThatIsTold() throws Exception {
    var site = site();
    var host = "10.20.0." + site.nextHost();
    Files.writeString(
        site.configuration,
        Files.readString(site.configuration).replace("[log]", "[log]\ndirectory = \"logs\"")
            + "level = \"debug\"\n[policy]\nflow-log = true\n");
    var gateway = site.startGateway();
    site.addResource("web", host + "/32");
    try (var client = site.newClient("alice").up()) {
      site.authorize("alice", "web", "8h");
      Await.until("the page", SOON, () -> client.fetch(host).succeeded());
      assertThat(figures()).contains("gatehouse_log_lines_lost_total 0");

      var filler = site.directory.resolve("filler").toString();
      run("dd", "if=/dev/zero", "of=" + filler, "bs=4k");

      Await.until(
          "lines to be lost and flows to wait, with packets flowing",
          SOON,
          () -> {
            assertThat(client.fetch(host).succeeded()).isTrue();
            return ready().out().contains("policy-flows.jsonl cannot be written")
                && !figures().contains("gatehouse_log_lines_lost_total 0");
          },
          () -> ready() + figures());
      assertThat(site.cli("status").out()).contains("log-problem", "cannot be written");

      Files.delete(Path.of(filler));
      Await.until("/ready to be well again", SOON, this::isReady, () -> ready().toString());
      assertThat(figures()).contains("name=\"flows-lost\",plugin=\"policy\"} 0");
      assertThat(gateway.isAlive()).isTrue();
    }
  }
}
