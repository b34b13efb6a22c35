package dev.gatehouse.dist.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients built on pion and on libnice, which use TURN as browsers do: Send first, channels later.
 * The programs are in {@code dist/src/test/clients}.
 */
@Tag("kernel")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StockClientsTest {

  private static final Path PION = Path.of("/usr/share/gocode/src/github.com/pion/turn/v2");

  @TempDir static Path directory;

  private @Nullable RelaySite opened;
  private @Nullable Background program;
  private String user = "";
  private String password = "";

  @BeforeAll
  void open() throws IOException {
    NetLab.needs("turnutils_peer", "openssl");
    var site = RelaySite.open(directory);
    opened = site;
    site.configured(site.tls());
    program = site.start();
    site.startPeer(RelaySite.OUTSIDE);
    var words = site.cli("credentials").out().strip().split("\\s+", -1);
    user = words[1];
    password = words[3];
  }

  @AfterAll
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  private RelaySite site() {
    return Objects.requireNonNull(opened);
  }

  private static Path source(String name) {
    return Bundle.sources().resolve("dist/src/test/clients").resolve(name);
  }

  private Path pion() throws IOException {
    NetLab.needs("go");
    assumeTrue(
        Files.exists(PION), "skipped: Debian's golang-github-pion-turn.v2-dev is not installed");
    var built = directory.resolve("pion");
    if (!Files.exists(built)) {
      var cache = Bundle.home().resolveSibling("go-cache");
      site()
          .outside
          .run(
              "env",
              "GO111MODULE=off",
              "GOPATH=/usr/share/gocode",
              "GOCACHE=" + cache,
              "go",
              "build",
              "-o",
              built.toString(),
              source("pion.go").toString());
    }
    return built;
  }

  private Outcome runPion(String server, String name, String secret, String transport)
      throws IOException {
    return site()
        .outside
        .attempt(
            pion().toString(),
            server,
            name,
            secret,
            "gatehouse",
            transport,
            RelaySite.OUTSIDE + ":3480",
            "20");
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.1:3478,udp", "198.51.100.1:3478,tcp", "198.51.100.1:5349,tls"})
  void pionGetsEveryMessageBack(String server, String transport) throws IOException {
    var outcome = runPion(server, user, password, transport);

    assertThat(outcome.out()).as(outcome.toString()).contains("sent 20 received 20");
    RelaySite.assertNothingToWorryAbout(Objects.requireNonNull(program));
  }

  @Test
  void pionIsRefusedWithAWrongPassword() throws IOException {
    var outcome = runPion("198.51.100.1:3478", user, "wrong", "udp");

    assertThat(outcome.out()).as(outcome.toString()).contains("failed: allocate");
    assertThat(outcome.exitCode()).isNotZero();
  }

  @Test
  void pionIsRefusedWithExpiredCredentials() throws IOException {
    var outcome = runPion("198.51.100.1:3478", "1000000000:late", "x", "udp");

    assertThat(outcome.out()).as(outcome.toString()).contains("failed: allocate");
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.1,0", "198.51.100.1,1"})
  void twoAgentsOfLibniceReachEachOtherByTheRelayAlone(String relay, String transport)
      throws IOException {
    NetLab.needs("gcc");
    var built = directory.resolve("nice");
    if (!Files.exists(built)) {
      var compiled =
          site()
              .outside
              .attempt(
                  "gcc",
                  "-o",
                  built.toString(),
                  source("nice.c").toString(),
                  "-l:libnice.so.10",
                  "-l:libgobject-2.0.so.0",
                  "-l:libglib-2.0.so.0");
      assumeTrue(
          compiled.succeeded(), () -> "skipped: Debian's libnice10 is not installed: " + compiled);
    }
    var outcome =
        site()
            .outside
            .attempt(built.toString(), relay, "3478", transport, user, password, user, password);

    assertThat(outcome.out()).as(outcome.toString()).contains("received 10 10 of 10");
  }
}
