package dev.gatehouse.dist.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.link.Impairments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Resources that are not there, and a name server that died, are nobody else's trouble. */
@Tag("kernel")
class DeadEndsTest {

  private static final int SHOTS = 3000;
  private static final Duration SOON = Duration.ofMinutes(2);

  /** What the policy sends to one client at most, and what the kernels add. */
  private static final int ERRORS_PER_SECOND = 50 + 10;

  @Test
  void whatCannotBeReachedCostsABoundedNumberOfErrorsAndNobodyElseAnything(@TempDir Path directory)
      throws IOException {
    try (var site = FaultSite.open(directory, "")) {
      site.startGateway();
      site.addResource("all", "10.20.0.0/24");
      site.link(Impairments.none());
      site.startStock(site.add("alice"), "10.20.0.0/24", "10.99.0.0/24");
      site.authorize("alice");
      site.reaches(FaultSite.RESOURCE);
      // A host that is not there, a port nobody listens on, and a network without authorization.
      for (var target : List.of("10.20.0.99/9", FaultSite.RESOURCE + "/9", "10.99.0.1/9")) {
        long before = errors(site);
        long began = System.nanoTime();
        site.client.run(
            "bash",
            "-c",
            "exec 3>/dev/udp/"
                + target
                + "; for i in $(seq "
                + SHOTS
                + "); do"
                + " echo shot >&3; done 2>/dev/null; true");
        site.reaches(FaultSite.RESOURCE);
        double seconds = (System.nanoTime() - began) / 1e9;
        long came = errors(site) - before;
        System.out.printf("%s: %d errors for %d packets%n", target, came, SHOTS);
        assertThat(came).as(target).isLessThanOrEqualTo((long) (ERRORS_PER_SECOND * (seconds + 2)));
      }
      assertThat(site.admin.number("prohibited")).isPositive();
      assertThat(site.admin.get("/ready")).contains("\"ready\":true");
      assertThat(site.worries()).isEmpty();
    }
  }

  /** ICMP errors that have reached the client. */
  private static long errors(FaultSite site) {
    var lines = site.client.run("cat", "/proc/net/snmp").out().lines().toList();
    var icmp = lines.stream().filter(line -> line.startsWith("Icmp:")).toList();
    int column = List.of(icmp.getFirst().split(" ", -1)).indexOf("InDestUnreachs");
    return Long.parseLong(icmp.getLast().split(" ", -1)[column]);
  }

  @Test
  void aDeadNameServerStopsNewNamesAndNothingElse(@TempDir Path directory) throws IOException {
    try (var site = FaultSite.open(directory, "[policy]\nname-servers = [\"10.20.0.10:5353\"]\n")) {
      var record = Files.writeString(directory.resolve("record"), FaultSite.RESOURCE);
      var names = nameServer(site, record);
      site.startGateway();
      site.addResource("names", "*.acme.internal");
      site.link(Impairments.none());
      site.startStock(site.add("alice"), "100.96.0.0/11", "100.64.0.1/32");
      site.admin.post("/v1/authorizations", "{\"client\":\"alice\",\"resource\":\"names\"}");
      FaultSite.java(site.resource, Streams.class, "serve", FaultSite.RESOURCE, "4001")
          .awaitLine("serving", FaultSite.START);
      Await.until("an answer", SOON, () -> !ask(site, 1, "a", 5).address().equals("none"));
      var proxy = ask(site, 1, "a", 5).address();
      site.reaches(proxy);
      var pings = site.client.start("ping", "-n", "-i", "0.2", proxy);
      pings.awaitLine("bytes from", SOON);

      names.kill();
      var dead = ask(site, 400, "b", 12);
      System.out.println("400 questions to a dead name server: " + dead);
      assertThat(dead.address()).isEqualTo("none");
      assertThat(site.admin.number("names-failed")).isPositive();
      long here = pings.lines().size();
      Await.until("more echoes", SOON, () -> pings.count("bytes from") > here + 5);
      var fetched =
          FaultSite.java(site.client, Streams.class, "fetch", proxy, "4001", "1000000", "4");
      assertThat(fetched.awaitExit(SOON)).as(fetched.output()).isZero();
      assertThat(fetched.output()).contains("fetched 1000000");

      nameServer(site, record);
      Await.until("a new name", SOON, () -> !ask(site, 1, "c", 5).address().equals("none"));
      assertThat(pings.isAlive()).isTrue();
      assertThat(site.worries()).isEmpty();
    }
  }

  private static Background nameServer(FaultSite site, Path record) {
    var program =
        site.resource.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.gatehouse.dist.journey.TinyDns",
            FaultSite.RESOURCE,
            "5353",
            record.toString());
    program.awaitLine("answering", SOON);
    return program;
  }

  private record Answers(String codes, String address) {}

  private static Answers ask(FaultSite site, int count, String prefix, int seconds) {
    var asking =
        FaultSite.java(
            site.client, Questions.class, "100.64.0.1", "" + count, prefix, "" + seconds);
    assertThat(asking.awaitExit(SOON)).as(asking.output()).isZero();
    return new Answers(value(asking, "codes"), value(asking, "address"));
  }

  private static String value(Background program, String key) {
    var found = Pattern.compile(key + " (.*)").matcher(program.output());
    assertThat(found.find()).as(program.output()).isTrue();
    return Objects.requireNonNull(found.group(1));
  }
}
