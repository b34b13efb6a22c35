package dev.gatehouse.bench.allocation;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.bench.tunnel.Pair;
import dev.gatehouse.bench.tunnel.Pairs;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.ObjectMapper;

/** Bytes allocated per packet and pauses of the collector, at a steady rate through the product. */
@Command(
    name = "allocation",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs a steady TCP stream through a tunnel with Gatehouse on both ends, half of the time in",
      "each direction, and reads from a flight recording what the threads allocate per packet and",
      "how long the collector stops them. Needs root and iperf3."
    })
public final class AllocationBench implements Callable<Integer> {

  private static final String LOOP = "vert.x-eventloop-thread";
  private static final double WANTED_BYTES = 64;
  private static final double WANTED_PAUSE_MILLIS = 5;

  /** What a full TCP segment carries in a tunnel with an MTU of 1420, with timestamps. */
  private static final int SEGMENT = 1420 - 40 - 12;

  private static final int LONGEST_RUN = 60;

  @Option(
      names = "--seconds",
      defaultValue = "300",
      description = "How long to measure. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "15",
      description = "Seconds of load before, each way. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--rate",
      defaultValue = "1G",
      paramLabel = "BITS",
      description = "The rate, as iperf3 takes it. Default: ${DEFAULT-VALUE}.")
  private String rate = "";

  /** Made by the command line. */
  public AllocationBench() {}

  /** One end of the tunnel. */
  private record End(String label, Flight flight) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    var unavailable = NetLab.unavailableBecause();
    if (unavailable.isPresent()) {
      System.err.println("bench: " + unavailable.get() + "; run it as root on Linux.");
      return 2;
    }
    var directory = Files.createTempDirectory("gatehouse-bench");
    try (var lab = NetLab.open()) {
      System.out.printf(
          "machine: %d processors, %s, Linux %s, Java %s, load average %s%n",
          Machine.processors(),
          Machine.processor(),
          System.getProperty("os.version"),
          Runtime.version(),
          Machine.loadAverage());
      return measure(new Pairs(lab, directory, "").gatehouse(), directory);
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private int measure(Pair pair, Path directory) throws IOException, InterruptedException {
    pair.gateway()
        .start("iperf3", "-s", "--forceflush")
        .awaitLine("listening", Duration.ofSeconds(10));
    var gateway = new End("gateway", Flight.start(pair.daemons().get(0).pid(), directory));
    var client = new End("client", Flight.start(pair.daemons().get(1).pid(), directory));
    stream(pair, warmUp, false);
    stream(pair, warmUp, true);
    TimeUnit.SECONDS.sleep(1);
    var from = Instant.now();
    double bytes = stream(pair, seconds / 2, false) + stream(pair, seconds / 2, true);
    TimeUnit.SECONDS.sleep(1); // so that the last figures are in the recording
    var to = Instant.now();
    gateway.flight().stop();
    client.flight().stop();
    double packets = bytes / SEGMENT;
    System.out.printf(
        Locale.ROOT,
        "%.1f Gbit in %d s (%.2f Gbit/s), %.0f full packets%n%n",
        bytes * 8 / 1e9,
        seconds,
        bytes * 8 / 1e9 / seconds,
        packets);
    System.out.println(
        "| | packet path, bytes/packet | all threads, bytes/packet | collections | longest pause,"
            + " ms |");
    System.out.println("|---|---:|---:|---:|---:|");
    boolean kept = true;
    for (var end : new End[] {gateway, client}) {
      kept &= report(end, from, to, packets);
    }
    System.out.printf(
        Locale.ROOT, "| wanted | ≤ %.0f | | | ≤ %.0f |%n", WANTED_BYTES, WANTED_PAUSE_MILLIS);
    System.out.println();
    places(gateway, from, to);
    return kept ? 0 : 1;
  }

  private static boolean report(End end, Instant from, Instant to, double packets) {
    var allocated = end.flight().allocated(from, to);
    double loops = sum(allocated, LOOP) / packets;
    double all = sum(allocated, "") / packets;
    var pauses = end.flight().pauses(from, to);
    double longest = pauses.isEmpty() ? 0 : pauses.getLast().toNanos() / 1e6;
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %d | %.2f |%n",
        end.label(),
        loops,
        all,
        pauses.size(),
        longest);
    return loops <= WANTED_BYTES && longest <= WANTED_PAUSE_MILLIS;
  }

  private static double sum(Map<String, Long> allocated, String prefix) {
    return allocated.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static void places(End end, Instant from, Instant to) {
    var places = end.flight().places(from, to, name -> name.startsWith(LOOP));
    if (places.isEmpty()) {
      System.out.println("No sample of an allocation on the " + end.label() + "'s packet path.");
      return;
    }
    System.out.println("What the " + end.label() + "'s event loops allocate (sampled):");
    places.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(8)
        .forEach(place -> System.out.printf("  %,d bytes: %s%n", place.getValue(), place.getKey()));
  }

  /** The bytes that arrived, in runs no longer than a program in a namespace may take. */
  private double stream(Pair pair, int length, boolean down) {
    double bytes = 0;
    for (int left = length; left > 0; left -= LONGEST_RUN) {
      bytes += run(pair, Math.min(left, LONGEST_RUN), down);
    }
    return bytes;
  }

  private double run(Pair pair, int length, boolean down) {
    var said =
        pair.client()
            .run(
                "iperf3",
                "-c",
                pair.target(),
                "-b",
                rate,
                "-t",
                Integer.toString(length),
                "-J",
                down ? "-R" : "--no-delay")
            .out();
    return new ObjectMapper()
        .readTree(said)
        .path("end")
        .path("sum_received")
        .path("bytes")
        .asDouble();
  }
}
