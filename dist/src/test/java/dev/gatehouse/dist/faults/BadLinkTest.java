package dev.gatehouse.dist.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.link.Impairments;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transfers through real tunnels over bad links arrive whole, and say how long they took. */
@Tag("kernel")
class BadLinkTest {

  private static final long SIZE = Long.getLong("gatehouse.faults.megabytes", 100) * 1_000_000;

  /** TCP through the worst link is so slow that its whole size is for those who ask for it. */
  private static final long TCP_AWFUL =
      Long.getLong("gatehouse.faults.awful-tcp-kilobytes", 200) * 1_000;

  private static final Duration LONG = Duration.ofMinutes(10);

  /** Everything but loss and long delays, which TCP takes for congestion and slows down for. */
  private static final Impairments SHAKY =
      Impairments.none()
          .withDelay(Duration.ofMillis(2), Duration.ofMillis(1))
          .withDisplacement(Duration.ofMillis(2))
          .withDuplication(0.05)
          .withReordering(0.25)
          .withCorruption(0.01);

  @Test
  void aHundredMegabytesArriveWholeWithEveryFaultThereIs(@TempDir Path directory)
      throws IOException {
    try (var site = open(directory)) {
      site.startStock(site.add("alice"), "10.20.0.0/24");
      site.authorize("alice");
      var link = site.link(Impairments.awful());
      site.reaches(FaultSite.RESOURCE);
      FaultSite.java(site.resource, Blocks.class, "serve", FaultSite.RESOURCE, "4000")
          .awaitLine("serving", FaultSite.START);
      FaultSite.java(site.resource, Streams.class, "serve", FaultSite.RESOURCE, "4001")
          .awaitLine("serving", FaultSite.START);

      var small =
          FaultSite.java(
              site.client,
              Streams.class,
              fetch(4001, TCP_AWFUL, (int) Math.max(8, TCP_AWFUL >> 19)));
      var blocks = FaultSite.java(site.client, Blocks.class, fetch(4000, SIZE));
      assertWhole("blocks over UDP", blocks, SIZE);
      assertWhole("streams over TCP", small, TCP_AWFUL);
      System.out.println(link.counters());
      assertThat(site.admin.number("handshake_rejected")).isZero();
      assertThat(site.worries()).isEmpty();
    }
  }

  @Test
  void aHundredMegabytesByTcpArriveWholeWithDamageDuplicatesAndDisorder(@TempDir Path directory)
      throws IOException {
    try (var site = open(directory)) {
      site.startOwn(site.add("bob"), "10.20.0.0/24");
      site.authorize("bob");
      var link = site.link(SHAKY);
      site.reaches(FaultSite.RESOURCE);
      FaultSite.java(site.resource, Streams.class, "serve", FaultSite.RESOURCE, "4001")
          .awaitLine("serving", FaultSite.START);
      assertWhole(
          "streams over TCP",
          FaultSite.java(site.client, Streams.class, fetch(4001, SIZE, 16)),
          SIZE);
      System.out.println(link.counters());
      assertThat(site.worries()).isEmpty();
    }
  }

  private static FaultSite open(Path directory) throws IOException {
    var site = FaultSite.open(directory, "");
    site.startGateway();
    site.addResource("all", "10.20.0.0/24");
    return site;
  }

  private static String[] fetch(int port, long bytes, int... connections) {
    var head = "fetch " + FaultSite.RESOURCE + " " + port + " " + bytes;
    return (connections.length == 0 ? head : head + " " + connections[0]).split(" ", -1);
  }

  private static void assertWhole(String what, Background transfer, long bytes) {
    Await.until(
        what,
        LONG.plusMillis(SIZE / 1000),
        () -> transfer.line("^fetched|damaged").isPresent() || !transfer.isAlive(),
        transfer::output);
    System.out.println(what + ": " + transfer.output());
    assertThat(transfer.awaitExit(LONG)).as(transfer.output()).isZero();
    assertThat(transfer.output()).contains("fetched " + bytes + " in ");
  }
}
