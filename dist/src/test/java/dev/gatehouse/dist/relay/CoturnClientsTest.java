package dev.gatehouse.dist.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * coturn's own tools against the relay. They end with exit code 0 even if every message was lost,
 * so what counts is what they counted. They choose channels from the range of RFC 5766.
 */
@Tag("kernel")
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoturnClientsTest {

  private static final int MESSAGES = 20;
  private static final int ATTEMPTS = 3;
  private static final Pattern COUNTED =
      Pattern.compile("tot_send_msgs=(\\d+), tot_recv_msgs=(\\d+)\\s");

  @TempDir static Path directory;

  private @Nullable RelaySite opened;
  private @Nullable Background program;

  @BeforeAll
  void open() throws IOException {
    NetLab.needs("turnutils_uclient", "turnutils_stunclient", "turnutils_peer", "openssl");
    var site = RelaySite.open(directory);
    opened = site;
    var lines = new ArrayList<>(Arrays.asList(site.tls()));
    lines.add("wide-channels = true");
    lines.add("allocations-per-user = 1000");
    lines.add("challenges-per-second = 1000");
    site.configured(lines.toArray(String[]::new));
    program = site.start();
    site.startPeer(RelaySite.OUTSIDE);
    site.startPeer(RelaySite.OUTSIDE_V6);
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

  private Outcome client(String... arguments) {
    var command =
        new ArrayList<>(
            List.of("turnutils_uclient", "-c", "-l", "200", "-z", "5", "-n", "" + MESSAGES));
    command.addAll(Arrays.asList(arguments));
    return site().outside.attempt(command.toArray(String[]::new));
  }

  private Outcome knownClient(String... arguments) {
    var all = new ArrayList<>(List.of("-W", site().secret, "-u", "user"));
    all.addAll(Arrays.asList(arguments));
    return client(all.toArray(String[]::new));
  }

  /** Every message came back, and there were as many as asked for. */
  private static void assertAllCameBack(Outcome outcome, int clients) {
    var last = COUNTED.matcher(outcome.all()).results().reduce((first, second) -> second);
    assertThat(last).as(outcome.toString()).isPresent();
    assertThat(last.orElseThrow().group(1)).as(outcome.toString()).isEqualTo("" + clients * 20);
    assertThat(last.orElseThrow().group(2)).as(outcome.toString()).isEqualTo("" + clients * 20);
    assertThat(outcome.all()).contains("Total lost packets 0 (0.000000%)");
  }

  private static boolean lostAny(Outcome outcome, int clients) {
    var all = "" + clients * MESSAGES;
    return COUNTED
        .matcher(outcome.all())
        .results()
        .reduce((first, second) -> second)
        .filter(last -> last.group(1).equals(all) && last.group(2).equals(all))
        .isEmpty();
  }

  /** What the relay says about packets that went nowhere. */
  private String relayed() {
    return site().ask("/metrics").lines().filter(line -> line.contains("drop")).toList().toString();
  }

  private record Way(String name, int clients, List<String> arguments) {}

  private static Way way(String name, int clients, String... arguments) {
    return new Way(name, clients, List.of(arguments));
  }

  private static final List<Way> WAYS =
      List.of(
          way("channels", 1, "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY),
          way("send", 1, "-s", "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY),
          way("many", 10, "-m", "10", "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY),
          way("whole", 1, "-g", "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY),
          way("v6", 1, "-x", "-e", RelaySite.OUTSIDE_V6, "-r", "3480", RelaySite.RELAY_V6),
          way("v4 to v6", 1, "-x", "-e", RelaySite.OUTSIDE_V6, "-r", "3480", RelaySite.RELAY),
          way("v6 to v4", 1, "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY_V6),
          way("same relay", 2, "-y", "-X", "-m", "2", RelaySite.RELAY),
          way("same relay, send", 2, "-y", "-s", "-X", "-m", "2", RelaySite.RELAY),
          way("same relay v6", 2, "-y", "-x", "-m", "2", RelaySite.RELAY_V6),
          way("tcp", 1, "-t", "-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY),
          way(
              "tcp v6",
              1,
              "-t",
              "-x",
              "-e",
              RelaySite.OUTSIDE_V6,
              "-r",
              "3480",
              RelaySite.RELAY_V6),
          way(
              "tcp send",
              1,
              "-t",
              "-s",
              "-X",
              "-e",
              RelaySite.OUTSIDE,
              "-r",
              "3480",
              RelaySite.RELAY),
          way("tcp same relay", 2, "-t", "-y", "-X", "-m", "2", RelaySite.RELAY),
          way(
              "tls",
              1,
              "-t",
              "-S",
              "-p",
              "5349",
              "-X",
              "-e",
              RelaySite.OUTSIDE,
              "-r",
              "3480",
              RelaySite.RELAY),
          way(
              "tls send",
              1,
              "-t",
              "-S",
              "-s",
              "-p",
              "5349",
              "-X",
              "-e",
              RelaySite.OUTSIDE,
              "-r",
              "3480",
              RelaySite.RELAY),
          way(
              "tls v6 to v4",
              1,
              "-t",
              "-S",
              "-p",
              "5349",
              "-X",
              "-e",
              RelaySite.OUTSIDE,
              "-r",
              "3480",
              RelaySite.RELAY_V6));

  @Test
  void everyMessageComesBackWhateverTheWay() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running =
          WAYS.stream()
              .map(way ->
                  CompletableFuture.supplyAsync(
                      () -> knownClient(way.arguments().toArray(String[]::new)), threads))
              .toList();
      running.forEach(CompletableFuture::join);
      for (int i = 0; i < WAYS.size(); i++) {
        var way = WAYS.get(i);
        var outcome = running.get(i).join();
        // So many at once on a busy machine may be too much for the echo; then each for itself.
        for (int more = 1; more < ATTEMPTS && lostAny(outcome, way.clients()); more++) {
          System.out.println(way.name() + " once more, since " + outcome + relayed());
          outcome = knownClient(way.arguments().toArray(String[]::new));
        }
        assertAllCameBack(outcome, way.clients());
      }
    }
    RelaySite.assertNothingToWorryAbout(Objects.requireNonNull(program));
  }

  @Test
  void bindingTellsTheClientsAddress() {
    var v4 = site().outside.run("turnutils_stunclient", RelaySite.RELAY);
    var v6 = site().outside.run("turnutils_stunclient", RelaySite.RELAY_V6);

    assertThat(v4.all()).containsPattern("UDP reflexive addr: " + RelaySite.OUTSIDE + ":\\d+");
    assertThat(v6.all()).containsPattern("UDP reflexive addr: " + RelaySite.OUTSIDE_V6 + ":\\d+");
  }

  @Test
  void aWrongPasswordGetsNothing() {
    long before = site().metric("allocations_created_total");
    var outcome =
        client("-u", "4102444800:user", "-w", "wrong", "-X", "-y", "-m", "2", RelaySite.RELAY);

    assertThat(outcome.exitCode()).as(outcome.toString()).isNotZero();
    assertThat(outcome.all()).contains("Cannot complete Allocation");
    assertThat(site().metric("allocations_created_total")).isEqualTo(before);
  }

  @Test
  void expiredCredentialsGetNothing() {
    long before = site().metric("allocations_created_total");
    var password = site().passwordOfLateUser();
    var outcome =
        client("-u", RelaySite.LATE_USER, "-w", password, "-X", "-y", "-m", "2", RelaySite.RELAY);

    assertThat(outcome.exitCode()).as(outcome.toString()).isNotZero();
    assertThat(outcome.all()).contains("Cannot complete Allocation");
    assertThat(site().metric("allocations_created_total")).isEqualTo(before);
  }

  @Test
  void aPeerThatIsDeniedIsRefused() {
    var outcome = knownClient("-X", "-e", "127.0.0.1", "-r", "22", RelaySite.RELAY);

    assertThat(outcome.all()).as(outcome.toString()).contains("error 403");
    assertThat(outcome.exitCode()).isNotZero();
  }

  @Test
  void mintedCredentialsWork() {
    var minted = site().cli("credentials", "--user", "minted", "--for", "5m");
    var words = minted.out().strip().split("\\s+", -1);

    assertThat(words).as(minted.toString()).hasSize(4);
    assertAllCameBack(
        client(
            "-u",
            words[1],
            "-w",
            words[3],
            "-X",
            "-e",
            RelaySite.OUTSIDE,
            "-r",
            "3480",
            RelaySite.RELAY),
        1);
  }

  @Test
  void statusAndFiguresTellWhatHappened() {
    assertAllCameBack(knownClient("-X", "-e", RelaySite.OUTSIDE, "-r", "3480", RelaySite.RELAY), 1);

    // It is published after the packets.
    Await.until(
        "the packets to be counted",
        RelaySite.START,
        () -> site().metric("packets_total") >= 2L * MESSAGES);
    assertThat(site().metric("allocations_created_total")).isPositive();
    var status = site().cli("status");
    assertThat(status.exitCode()).as(status.toString()).isZero();
    assertThat(status.out()).contains("state: ready", "udp 0.0.0.0:3478", "tls [::]:5349");
    assertThat(site().ask("/live")).startsWith("200 ");
    assertThat(site().ask("/ready")).startsWith("200 ");
  }
}
