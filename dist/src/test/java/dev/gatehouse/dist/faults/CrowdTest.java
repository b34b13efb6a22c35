package dev.gatehouse.dist.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand clients come and go, and come and go, and nothing but their traffic remains. */
@Tag("kernel")
class CrowdTest {

  private static final int CLIENTS = Integer.getInteger("gatehouse.faults.clients", 1000);
  private static final int ROUNDS = Integer.getInteger("gatehouse.faults.rounds", 3);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final long MEGABYTE = 1 << 20;

  @Test
  void aThousandClientsComeAndGoAndNobodyLosesAnAuthorization(@TempDir Path directory)
      throws IOException {
    try (var site = FaultSite.open(directory, "[tunnel]\ndisconnect-after = \"1s\"\n")) {
      site.gateway.run("ip", "address", "add", "198.51.100.9/24", "dev", "to-link");
      site.client.route("198.51.100.0/24", FaultSite.LINK);
      site.gateway.route("192.0.2.0/24", "198.51.100.2");
      site.middle.forwards();
      var gateway = site.startGateway();
      site.addResource("all", "10.20.0.0/24");
      var crowd = crowd(site);

      visit(crowd, 1);
      awaitEmpty(site);
      visit(crowd, 2);
      awaitEmpty(site);
      long files = files(gateway);
      long live = live(gateway);
      for (int round = 3; round <= ROUNDS; round++) {
        visit(crowd, round);
        awaitEmpty(site);
      }
      System.out.printf(
          "%d clients, %d rounds: files %d -> %d, live heap %d -> %d KiB%n",
          CLIENTS, ROUNDS, files, files(gateway), live / 1024, live(gateway) / 1024);
      assertThat(files(gateway)).as("open files").isLessThanOrEqualTo(files + 2);
      assertThat(live(gateway)).as("bytes in use").isLessThan(live + 2 * MEGABYTE);
      assertThat(site.admin.number("peers")).isEqualTo(CLIENTS);

      gateway.kill();
      site.startGateway();
      visit(crowd, ROUNDS + 1);
      awaitEmpty(site);
      assertAuthorizationsAreWhole(site);
      assertThat(site.worries()).isEmpty();
    }
  }

  private static Background crowd(FaultSite site) {
    var lines =
        IntStream.range(0, CLIENTS)
            .parallel() // the store writes together what comes together
            .mapToObj(i -> {
              var made = site.add("client-" + i);
              site.authorize(made.id());
              return made.key() + " " + made.address();
            })
            .toList();
    var crowd =
        FaultSite.java(
            site.client,
            Crowd.class,
            "198.51.100.1:" + FaultSite.PORT,
            site.gatewayKey(),
            FaultSite.RESOURCE);
    lines.forEach(crowd::say);
    crowd.say("");
    crowd.awaitLine("crowd ready", FaultSite.START);
    return crowd;
  }

  private static void visit(Background crowd, int round) {
    crowd.say("visit");
    Await.until(
        "round " + round,
        LONG,
        () -> crowd.count("^visited") >= round || !crowd.isAlive(),
        crowd::output);
    System.out.println("round " + round + ": " + crowd.lines().getLast());
    assertThat(crowd.lines().getLast()).startsWith("visited " + CLIENTS + " ");
  }

  /** They do not say goodbye; the gateway notices their silence. */
  private static void awaitEmpty(FaultSite site) {
    Await.until(
        "the last one to be gone",
        LONG,
        () -> !site.admin.get("/v1/peers").contains("\"connected\":true"),
        () -> site.admin.get("/v1/status"));
  }

  private static void assertAuthorizationsAreWhole(FaultSite site) {
    var all = site.admin.get("/v1/authorizations?limit=10000");
    assertThat(Pattern.compile("\"active\":true").matcher(all).results().count())
        .isEqualTo(CLIENTS);
    assertThat(all).doesNotContain("\"active\":false");
  }

  private static long files(Background gateway) throws IOException {
    try (var open = Files.list(Path.of("/proc", Long.toString(gateway.pid()), "fd"))) {
      return open.count();
    }
  }

  /** What is left on the heap after a collection. */
  private static long live(Background gateway) {
    try {
      var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      var process =
          new ProcessBuilder(jcmd, Long.toString(gateway.pid()), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      var total =
          process
              .inputReader()
              .lines()
              .filter(line -> line.startsWith("Total"))
              .findFirst()
              .orElseThrow();
      return Long.parseLong(total.replaceAll("\\s+", " ").strip().split(" ", -1)[2]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
