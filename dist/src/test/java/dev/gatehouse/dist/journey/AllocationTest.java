package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packet path of the whole product allocates nothing to speak of. {@code ./bench allocation} is
 * the long version, with the pauses of the collector.
 */
@Tag("kernel")
class AllocationTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final double MOST_BYTES_PER_PACKET = 64;
  private static final int ATTEMPTS = 5;
  private static final int SEGMENT = 1368;
  private static final int WARMING_MEBIBYTES = 60;
  private static final int MEASURED_MEBIBYTES = 200;

  /** A line of {@code Thread.print -e}; the figure is rounded to whole units. */
  private static final Pattern LOOP =
      Pattern.compile("\"vert\\.x-eventloop-thread[^\"]*\".* allocated=([0-9.]+)([BKMG])");

  @Test
  void aPacketAllocatesLessThanSixtyFourBytes(@TempDir Path directory) throws Exception {
    NetLab.needs("iperf3");
    try (var site = Site.open(directory)) {
      var gateway = site.startGateway();
      var host = "10.20.0." + site.nextHost();
      site.addResource("sink", host + "/32");
      site.resource.start("iperf3", "-s", "-B", host, "--forceflush").awaitLine("listening", SOON);
      try (var alice = site.newClient("alice").up()) {
        site.authorize("alice", "sink", "1h");
        Await.until("the resource", SOON, () -> alice.ping(host).succeeded());
        transfer(site, host, WARMING_MEBIBYTES);

        double packets = MEASURED_MEBIBYTES * 1024.0 * 1024 / SEGMENT;
        double least = Double.MAX_VALUE;
        // On a busy machine the compiler is late, and what it has not compiled allocates.
        for (int i = 0; i < ATTEMPTS && least >= MOST_BYTES_PER_PACKET; i++) {
          double before = allocated(gateway);
          transfer(site, host, MEASURED_MEBIBYTES);
          least = Math.min(least, (allocated(gateway) - before) / packets);
        }
        assertThat(least).as("bytes a packet").isLessThan(MOST_BYTES_PER_PACKET);
      }
    }
  }

  private static void transfer(Site site, String host, int mebibytes) {
    site.client.run("iperf3", "-c", host, "-n", mebibytes + "M");
  }

  /** What the event loops have allocated so far. */
  private static double allocated(Background program) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(program.pid()),
                "Thread.print",
                "-e")
            .redirectErrorStream(true)
            .start();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(process.waitFor()).as(printed).isZero();
    var loops = LOOP.matcher(printed);
    double bytes = 0;
    int found = 0;
    while (loops.find()) {
      bytes += Double.parseDouble(loops.group(1)) * unit(loops.group(2));
      found++;
    }
    assertThat(found).as(printed).isPositive();
    return bytes;
  }

  private static long unit(String letter) {
    return switch (letter) {
      case "K" -> 1L << 10;
      case "M" -> 1L << 20;
      case "G" -> 1L << 30;
      default -> 1L;
    };
  }
}
