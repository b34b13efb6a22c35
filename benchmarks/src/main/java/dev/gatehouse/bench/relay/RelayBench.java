package dev.gatehouse.bench.relay;

import dev.gatehouse.bench.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The relay and coturn, alternately, in one run. */
@Command(
    name = "relay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares the relay with coturn: ChannelData over UDP on loopback, same credentials, ports"
          + " and processors.",
      "The load keeps a bounded number of datagrams under way; what counts is what arrives, and"
          + " per second of processor the relay used.",
      "Needs turnserver (Debian: coturn) and taskset."
    })
public final class RelayBench implements Callable<Integer> {

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "3",
      description = "Length of one throughput run. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "3",
      description = "Seconds of load before each. Default: ${DEFAULT-VALUE}.")
  private double warmUp;

  @Option(
      names = "--allocations",
      defaultValue = "10000",
      description = "How many to make and keep. Default: ${DEFAULT-VALUE}.")
  private int allocations;

  @Option(
      names = "--threads",
      defaultValue = "1",
      description = "Event loops or relay threads. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--relay-processors",
      paramLabel = "LIST",
      defaultValue = "1",
      description = "Where the relay runs, as for taskset. Default: ${DEFAULT-VALUE}.")
  private String relayProcessors = "1";

  @Option(
      names = "--load-processors",
      paramLabel = "LIST",
      defaultValue = "0",
      description = "Where the load runs. Default: ${DEFAULT-VALUE}.")
  private String loadProcessors = "0";

  @Option(
      names = "--only",
      paramLabel = "LABEL",
      defaultValue = "",
      description = "Only gatehouse or only coturn.")
  private String only = "";

  private final Map<String, Map<String, List<Double>>> results = new LinkedHashMap<>();

  /** For picocli. */
  public RelayBench() {}

  private interface Start {
    Server start(Path directory, String processors, int threads, int port) throws IOException;
  }

  @Override
  public Integer call() throws Exception {
    pinThisProcess();
    var directory = Files.createTempDirectory("gatehouse-bench-relay");
    try {
      for (int round = 1; round <= rounds; round++) {
        System.err.printf("round %d of %d%n", round, rounds);
        measure("gatehouse", Server::gatehouse, directory, 33_478 + 2 * round, round);
        measure("coturn", Server::coturn, directory, 33_479 + 2 * round, round);
      }
    } finally {
      delete(directory);
    }
    print();
    return 0;
  }

  private void measure(String label, Start start, Path directory, int port, int round)
      throws Exception {
    if (!only.isEmpty() && !only.equals(label)) {
      return;
    }
    try (var server = start.start(directory, relayProcessors, threads, port)) {
      var load = new Load(server, round);
      note("memory, idle (MiB)", label, server.residentMebibytes());
      throughput(
          "up, 1 flow, 1280 B in trains", label, load.up(1, 1280, true, 2 * warmUp, seconds));
      throughput("down, 1 flow, 1280 B in trains", label, load.down(1280, true, warmUp, seconds));
      throughput("up, 1 flow, 1280 B singly", label, load.up(1, 1280, false, warmUp, seconds));
      throughput("up, 1 flow, 120 B singly", label, load.up(1, 120, false, warmUp, seconds));
      throughput("down, 1 flow, 120 B singly", label, load.down(120, false, warmUp, seconds));
      throughput(
          "up, 100 flows, 1280 B in trains", label, load.up(100, 1280, true, warmUp, seconds));
      throughput("up, 100 flows, 1280 B singly", label, load.up(100, 1280, false, warmUp, seconds));
      throughput("up, 100 flows, 120 B singly", label, load.up(100, 120, false, warmUp, seconds));
      var direct = load.roundTrips(200, 10_000, false);
      var relayed = load.roundTrips(200, 10_000, true);
      note(
          "latency added per pass, median (µs)",
          label,
          (relayed[relayed.length / 2] - direct[direct.length / 2]) / 2);
      note("round trip, 99th percentile (µs)", label, relayed[(int) (relayed.length * 0.99)]);
      var made = load.allocations(allocations, 64);
      note("allocations per second", label, made.perSecond());
      note("allocations per processor-second", label, made.perProcessorSecond());
      note("memory with " + allocations + " allocations (MiB)", label, made.mebibytes());
    }
  }

  private void throughput(String what, String label, Load.Throughput result) {
    note(what + ": datagrams/s", label, result.datagrams());
    note(what + ": datagrams per processor-second", label, result.perProcessorSecond());
    note(what + ": Gbit per processor-second", label, result.gigabitsPerProcessorSecond());
  }

  private void note(String what, String label, double value) {
    System.err.printf(Locale.ROOT, "  %-10s %-60s %,.2f%n", label, what, value);
    results
        .computeIfAbsent(what, _ -> new LinkedHashMap<>())
        .computeIfAbsent(label, _ -> new ArrayList<>())
        .add(value);
  }

  private void print() throws IOException {
    System.out.printf(
        "- machine: %s, %d processors, Linux %s%n",
        Machine.processor(), Machine.processors(), System.getProperty("os.version"));
    System.out.printf("- Java of the load: %s%n", System.getProperty("java.vm.version"));
    System.out.printf(
        "- relay on processors %s with %d thread(s), load on %s; median of %d rounds%n%n",
        relayProcessors, threads, loadProcessors, rounds);
    System.out.println("| | gatehouse | coturn | ratio |");
    System.out.println("|---|---:|---:|---:|");
    results.forEach((what, by) -> {
      double ours = median(by.getOrDefault("gatehouse", List.of()));
      double theirs = median(by.getOrDefault("coturn", List.of()));
      System.out.printf(
          Locale.ROOT, "| %s | %,.2f | %,.2f | %.2f |%n", what, ours, theirs, ours / theirs);
    });
  }

  private static double median(List<Double> values) {
    if (values.isEmpty()) {
      return Double.NaN;
    }
    var sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private void pinThisProcess() throws IOException, InterruptedException {
    new ProcessBuilder(
            "taskset", "-acp", loadProcessors, Long.toString(ProcessHandle.current().pid()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
