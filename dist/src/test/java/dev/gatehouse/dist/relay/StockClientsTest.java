package dev.gatehouse.dist.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.TestSecrets;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StockClientsTest {

  private static final Path PION = Path.of("/usr/share/gocode/src/github.com/pion/turn/v2");
  private static final int ATTEMPTS = 3;
  private static final Pattern COUNTS =
      Pattern.compile("indications (\\d+) (\\d+) channel (\\d+) (\\d+)");

  @TempDir static Path directory;

  private @Nullable RelaySite opened;
  private @Nullable Background program;
  private String user = "";
  private String password = "";

  @BeforeAll
  void open() throws IOException {
    NetLab.needs("openssl");
    var site = RelaySite.open(directory);
    opened = site;
    var lines = new ArrayList<>(List.of(site.tls()));
    lines.add("shortest-allocation = \"1s\"");
    lines.add("allocation-lifetime = \"3s\"");
    site.configured(lines.toArray(String[]::new));
    program = site.start();
    var words = site.cli("credentials").out().strip().split("\\s+", -1);
    user = words[1];
    password = TestSecrets.register(words[3]);
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
    return built("pion");
  }

  private Path built(String program) throws IOException {
    var built = directory.resolve(program);
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
              source(program + ".go").toString());
    }
    return built;
  }

  private Outcome runPion(String server, String peer, String... more) throws IOException {
    var command = new ArrayList<>(List.of(pion().toString(), "-server", server, "-peer", peer));
    command.addAll(List.of("-user", user, "-password", password));
    // Of a flag given twice the last counts.
    command.addAll(List.of(more));
    return site().outside.attempt(command.toArray(String[]::new));
  }

  private void assertNothingToWorryAbout() {
    RelaySite.assertNothingToWorryAbout(Objects.requireNonNull(program));
  }

  /** The client's family, the relayed one's (0: not asked for, so IPv4) and the peer's in turn. */
  @ParameterizedTest
  @CsvSource({
    "198.51.100.1:3478,udp,0,198.51.100.2",
    "198.51.100.1:3478,tcp,0,198.51.100.2",
    "198.51.100.1:5349,tls,0,198.51.100.2",
    "[fd00:51::1]:3478,udp,6,fd00:51::2",
    "[fd00:51::1]:3478,tcp,6,fd00:51::2",
    "[fd00:51::1]:5349,tls,6,fd00:51::2",
    "[fd00:51::1]:3478,udp,0,198.51.100.2",
    "[fd00:51::1]:3478,tcp,4,198.51.100.2",
    "[fd00:51::1]:5349,tls,0,198.51.100.2",
    "198.51.100.1:3478,udp,6,fd00:51::2",
    "198.51.100.1:3478,tcp,6,fd00:51::2",
    "198.51.100.1:5349,tls,6,fd00:51::2",
  })
  void pionGetsEveryMessageBack(String server, String transport, String family, String peer)
      throws IOException {
    var outcome = runPion(server, peer, "-transport", transport, "-family", family);

    var relayed = family.equals("6") ? "[" + RelaySite.RELAY_V6 + "]:" : RelaySite.RELAY + ":";
    assertThat(outcome.out())
        .as(outcome.toString())
        .contains("relayed " + relayed, "sent 20 echoed 20 received 20");
    assertNothingToWorryAbout();
  }

  @ParameterizedTest
  @CsvSource({"0,fd00:51::2", "6,198.51.100.2"})
  void pionIsRefusedAPeerOfTheOtherFamily(String family, String peer) throws IOException {
    var outcome = runPion("198.51.100.1:3478", peer, "-family", family);

    assertThat(outcome.out()).as(outcome.toString()).contains("failed: send").contains("443");
    assertNothingToWorryAbout();
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.1:3478,udp", "[fd00:51::1]:3478,udp", "198.51.100.1:3478,tcp"})
  void pionSendsByIndicationsUntilItHasAChannel(String server, String transport)
      throws IOException {
    var outcome = runPion(server, RelaySite.OUTSIDE, "-transport", transport);

    assertThat(outcome.out()).as(outcome.toString()).contains("received 20");
    var counts = COUNTS.matcher(outcome.out());
    assertThat(counts.find()).as(outcome.toString()).isTrue();
    // The relay answers by channel as soon as there is one, which may be before pion knows of it.
    assertThat(count(counts, 1)).isPositive();
    assertThat(count(counts, 3)).isPositive();
    assertThat(count(counts, 4)).isPositive();
    assertThat(count(counts, 1) + count(counts, 3)).isEqualTo(20);
    assertThat(count(counts, 2) + count(counts, 4)).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.1:3478,udp", "[fd00:51::1]:3478,udp", "198.51.100.1:3478,tcp"})
  void withoutAChannelPionGetsEveryMessageByIndications(String server, String transport)
      throws IOException {
    var outcome = runPion(server, RelaySite.OUTSIDE, "-transport", transport, "-channels=false");

    assertThat(outcome.out())
        .as(outcome.toString())
        .contains("sent 20 echoed 20 received 20", "indications 20 20 channel 0 0");
  }

  private static int count(Matcher counts, int group) {
    return Integer.parseInt(counts.group(group));
  }

  @ParameterizedTest
  @CsvSource({
    "198.51.100.1:3478,udp,true",
    "[fd00:51::1]:3478,tcp,true",
    "198.51.100.1:3478,udp,false",
  })
  void nothingPassesEitherWayOnceThePionThatStoppedRefreshingHasExpired(
      String server, String transport, String channels) throws IOException {
    var outcome =
        runPion(
            server,
            RelaySite.OUTSIDE,
            "-transport",
            transport,
            "-lifetime",
            "2",
            "-refresh=false",
            "-channels=" + channels);

    assertThat(outcome.out())
        .as(outcome.toString())
        .contains(
            "sent 20 echoed 20 received 20\n",
            "later: sent 20 echoed 0 received 0 unasked 0\n",
            "437");
    assertNothingToWorryAbout();
  }

  @Test
  void everythingPassesForThePionThatRefreshesBeyondItsFirstLifetime() throws IOException {
    var outcome = runPion("198.51.100.1:3478", RelaySite.OUTSIDE, "-lifetime", "2");

    assertThat(outcome.out())
        .as(outcome.toString())
        .contains(
            "sent 20 echoed 20 received 20\n",
            "later: sent 20 echoed 20 received 20 unasked 20\n",
            "permission: <nil>");
    assertNothingToWorryAbout();
  }

  @ParameterizedTest
  @CsvSource({
    "198.51.100.1:3478,udp",
    "[fd00:51::1]:3478,udp",
    "198.51.100.1:3478,tcp",
    "[fd00:51::1]:5349,tls"
  })
  void pionIsRefusedWithAWrongPassword(String server, String transport) throws IOException {
    var outcome = runPion(server, RelaySite.OUTSIDE, "-transport", transport, "-password", "wrong");

    assertThat(outcome.out()).as(outcome.toString()).contains("failed: allocate").contains("401");
  }

  @Test
  void pionIsRefusedWithExpiredCredentials() throws IOException {
    var outcome =
        runPion(
            "198.51.100.1:3478",
            RelaySite.OUTSIDE,
            "-user",
            RelaySite.LATE_USER,
            "-password",
            site().passwordOfLateUser());

    assertThat(outcome.out()).as(outcome.toString()).contains("failed: allocate").contains("401");
  }

  private String nice() throws IOException {
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
    return built.toString();
  }

  /** libnice gives up after two seconds, which a busy machine may need; so it may ask again. */
  private Outcome runNiceUntil(String wanted, Callable<Outcome> run) throws Exception {
    var outcome = run.call();
    for (int more = 1; more < ATTEMPTS && !outcome.out().contains(wanted); more++) {
      System.out.println("libnice once more, since " + outcome);
      outcome = run.call();
    }
    assertThat(outcome.out()).as(outcome.toString()).contains(wanted);
    return outcome;
  }

  private Outcome runNice(
      String relay, String port, String transport, String name, String secret, String... more)
      throws IOException {
    var command = new ArrayList<>(List.of(nice(), relay, port, transport));
    command.addAll(List.of(user, password, name, secret));
    command.addAll(List.of(more));
    return site().outside.attempt(command.toArray(String[]::new));
  }

  /** What libnice calls TLS is this: its plain TCP, to a port that knows no TLS. */
  @Test
  void libniceSpeaksNoTls() throws Exception {
    runNiceUntil(
        "received 10 10 of 10", () -> runNice(RelaySite.RELAY, "3478", "2", user, password));
  }

  /** libnice asks for no family, so the relayed addresses are IPv4 for clients of IPv6, too. */
  @ParameterizedTest
  @CsvSource({"198.51.100.1,0", "198.51.100.1,1", "fd00:51::1,0", "fd00:51::1,1"})
  void twoAgentsOfLibniceReachEachOtherByTheRelayAlone(String relay, String transport)
      throws Exception {
    var outcome =
        runNiceUntil(
            "received 10 10 of 10", () -> runNice(relay, "3478", transport, user, password));

    assertThat(outcome.out())
        .as(outcome.toString())
        .contains("candidates 1 1")
        .containsPattern("a=candidate:.* 198\\.51\\.100\\.1 [0-9]+ typ relay")
        .doesNotContainPattern("a=candidate:.* fd00:51::1 [0-9]+ typ relay");
    assertNothingToWorryAbout();
  }

  @Test
  void agentsOfLibniceRefreshBeyondTheFirstLifetime() throws Exception {
    var outcome =
        runNiceUntil(
            "later received 10 10 of 10\n",
            () -> runNice(RelaySite.RELAY, "3478", "0", user, password, "5"));

    assertThat(outcome.out()).as(outcome.toString()).contains("\nreceived 10 10 of 10\n");
  }

  @Test
  void nothingPassesBetweenAgentsOfLibniceThatSleptThroughTheirLifetime() throws IOException {
    var agents =
        site()
            .outside
            .start(nice(), RelaySite.RELAY, "3478", "0", user, password, user, password, "5");
    agents.awaitLine("^received 10 10 of 10", RelaySite.START);

    agents.signal("STOP");
    Await.until("expiry", RelaySite.START, () -> site().metric("allocations") == 0);
    long before = site().metric("dropped_total");
    agents.signal("CONT");

    agents.awaitLine("later received 0 0 of 10", RelaySite.START);
    Await.until(
        "what they did send to be counted",
        RelaySite.START,
        () -> site().metric("dropped_total") >= before + 20,
        agents::output);
    assertNothingToWorryAbout();
  }

  /** As libnice has no TLS, a program between them does it. */
  @ParameterizedTest
  @CsvSource({
    "198.51.100.2,198.51.100.2:5348,198.51.100.1:5349",
    "fd00:51::2,[fd00:51::2]:5348,[fd00:51::1]:5349"
  })
  void twoAgentsOfLibniceReachEachOtherThroughAForwarderToTls(String host, String from, String to)
      throws Exception {
    NetLab.needs("go");
    try (var forwarder = site().outside.start(built("tls").toString(), from, to)) {
      forwarder.awaitLine("forwarding", RelaySite.START);

      runNiceUntil("received 10 10 of 10", () -> runNice(host, "5348", "1", user, password));

      assertThat(forwarder.count("connected by TLS 0x30[34]")).isGreaterThanOrEqualTo(2);
    }
    assertNothingToWorryAbout();
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.1,0", "198.51.100.1,1", "fd00:51::1,0", "fd00:51::1,1"})
  void anAgentOfLibniceWithAWrongPasswordGetsNoRelayedAddress(String relay, String transport)
      throws Exception {
    var before = new AtomicLong();

    runNiceUntil(
        "candidates 1 0",
        () -> {
          before.set(site().metric("allocations_created_total"));
          return runNice(relay, "3478", transport, user, "wrong");
        });

    assertThat(site().metric("allocations_created_total")).isEqualTo(before.get() + 1);
  }

  @Test
  void anAgentOfLibniceWithExpiredCredentialsGetsNoRelayedAddress() throws Exception {
    var late = site().passwordOfLateUser();
    runNiceUntil(
        "candidates 1 0", () -> runNice(RelaySite.RELAY, "3478", "0", RelaySite.LATE_USER, late));
  }
}
