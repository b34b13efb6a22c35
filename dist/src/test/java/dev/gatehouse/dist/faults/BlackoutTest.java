package dev.gatehouse.dist.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.link.Impairments;
import dev.gatehouse.testkit.link.LabLink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both kinds of clients go on after a link was gone, also if the gateway was killed meanwhile. */
@Tag("kernel")
class BlackoutTest {

  /** Longer than the 15 s after which a client begins to call again. */
  private static final Duration BLACKOUT =
      Duration.ofSeconds(Long.getLong("gatehouse.faults.blackout", 17));

  private static final Duration RECOVERY = Duration.ofSeconds(5);

  /** Between two calls of a client whose gateway does not answer: 5 s and some chance. */
  private static final Duration CALLS = Duration.ofMillis(5_334);

  private static final Pattern REPLY = Pattern.compile("^\\[([0-9.]+)\\] \\d+ bytes from");

  @Test
  void sessionsGoOnWithinFiveSecondsAfterABlackout(@TempDir Path directory) throws IOException {
    try (var site = FaultSite.open(directory, "")) {
      site.startGateway();
      site.addResource("all", "10.20.0.0/24");
      var link = site.link(Impairments.none().withDelay(Duration.ofMillis(20), Duration.ZERO));
      var alice = site.add("alice");
      var bob = site.add("bob");
      site.authorize("alice");
      site.authorize("bob");
      var stock = site.startStock(alice);
      var own = site.startOwn(bob);
      // Each reaches the resource under one of its addresses.
      site.resource.run("ip", "address", "add", "10.20.0.11/24", "dev", "to-gateway");
      site.client.run("ip", "route", "add", "10.20.0.10", "dev", stock, "src", alice.address());
      site.client.run("ip", "route", "add", "10.20.0.11", "dev", own, "src", bob.address());
      var ofStock = pings(site, "10.20.0.10");
      var ofOwn = pings(site, "10.20.0.11");
      long handshakes = site.admin.number("handshakes");
      assertThat(handshakes).isGreaterThanOrEqualTo(2);

      link.blackout();
      FaultSite.pass(BLACKOUT);
      double mended = mend(link);

      report("wireguard-go", ofStock, mended, RECOVERY);
      report("Gatehouse", ofOwn, mended, RECOVERY);
      assertThat(site.admin.get("/v1/authorizations"))
          .contains("\"client\":\"alice\"", "\"client\":\"bob\"")
          .doesNotContain("\"active\":false");
      assertThat(site.worries()).isEmpty();

      if (BLACKOUT.toSeconds() < 30) {
        return;
      }
      // The hardest case: the gateway has lost every session while nobody could reach it.
      link.blackout();
      site.gatewayProgram().kill();
      site.startGateway();
      FaultSite.pass(BLACKOUT);
      mended = mend(link);
      report("wireguard-go, killed gateway", ofStock, mended, RECOVERY.plus(CALLS).multipliedBy(2));
      report("Gatehouse, killed gateway", ofOwn, mended, RECOVERY.plus(CALLS).multipliedBy(2));
      assertThat(site.worries()).isEmpty();
    }
  }

  private static Background pings(FaultSite site, String to) {
    var pings = site.client.start("ping", "-n", "-D", "-i", "0.1", to);
    pings.awaitLine("bytes from", FaultSite.START);
    return pings;
  }

  /** Seconds since 1970, as ping prints them. */
  private static double mend(LabLink link) {
    double now = System.currentTimeMillis() / 1e3;
    link.mend();
    return now;
  }

  private static void report(String who, Background pings, double mended, Duration atMost) {
    Await.until(
        "an answer to " + who,
        atMost.multipliedBy(10),
        () -> firstAfter(pings, mended) > 0,
        () -> pings.lines().getLast());
    double took = firstAfter(pings, mended) - mended;
    System.out.printf(
        "%s: goes on %.2f s after a blackout of %d s%n", who, took, BLACKOUT.toSeconds());
    assertThat(took).as(who).isLessThanOrEqualTo(atMost.toMillis() / 1e3);
  }

  private static double firstAfter(Background pings, double moment) {
    return pings.lines().stream()
        .map(REPLY::matcher)
        .filter(Matcher::find)
        .mapToDouble(found -> Double.parseDouble(Objects.requireNonNull(found.group(1))))
        .filter(at -> at > moment)
        .findFirst()
        .orElse(0);
  }
}
