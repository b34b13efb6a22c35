package dev.gatehouse.bench.tunnel;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Tunnels of Gatehouse and of its peers, alternately, in one run. */
@Command(
    name = "tunnel",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares whole tunnels: two machines in network namespaces, one tunnel between them.",
      "Every pair is set up once; each round measures every pair, in turning order.",
      "Needs root, iperf3, wg and a WireGuard program to compare with."
    })
public final class TunnelBench implements Callable<Integer> {

  @Option(
      names = "--peer",
      paramLabel = "LABEL=PROGRAM",
      description =
          "A WireGuard program with wireguard-go's command line; repeatable."
              + " Default: wireguard-go=wireguard-go, as installed.")
  private Map<String, String> peers = new LinkedHashMap<>(Map.of("wireguard-go", "wireguard-go"));

  @Option(names = "--mixed", description = "Also measure Gatehouse with each peer as its client.")
  private boolean mixed;

  @Option(
      names = "--seams",
      description = {
        "Also measure Gatehouse with every batch over the event bus, and say what that costs.",
        "Sets inline-lanes in [shards], so the configuration added must not have that section."
      })
  private boolean seams;

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "4",
      description = "Length of one TCP run. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "4",
      description = "Seconds of load each way before the first round. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--measure",
      split = ",",
      paramLabel = "ID",
      description = "Measure only these; the default is all: tcp-1-up, udp-64, rr-p50 …")
  private List<String> only = List.of();

  @Option(
      names = "--gatehouse-config",
      paramLabel = "FILE",
      description = "TOML added to the configuration of every Gatehouse.")
  private Path extra = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIRECTORY",
      description = "Where to write tunnel.csv, .json, .md and .svg. Default: nowhere.")
  private Path out = Path.of("");

  @Spec private @Nullable CommandSpec spec;

  /** Made by the command line. */
  public TunnelBench() {}

  @Override
  public Integer call() throws IOException {
    var unavailable = NetLab.unavailableBecause();
    if (unavailable.isPresent()) {
      System.err.println("bench: " + unavailable.get() + "; run it as root on Linux.");
      return 2;
    }
    var measures = measures();
    var directory = Files.createTempDirectory("gatehouse-bench");
    try (var lab = NetLab.open()) {
      var results = run(lab, directory, measures);
      var report = new Report(results, measures, about());
      System.out.println();
      System.out.print(report.table());
      if (!out.toString().isEmpty()) {
        report.write(out);
        System.out.println("\nwritten to " + out);
      }
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    return 0;
  }

  private Results run(NetLab lab, Path directory, Set<Measure> measures) throws IOException {
    var pairs =
        new Pairs(lab, directory, extra.toString().isEmpty() ? "" : Files.readString(extra));
    var built = new ArrayList<>(List.of(pairs.bare(), pairs.gatehouse()));
    if (seams) {
      built.add(pairs.byBus());
    }
    for (var peer : peers.entrySet()) {
      built.add(pairs.wireGuard(peer.getKey(), peer.getValue()));
      if (mixed) {
        built.add(pairs.mixed(peer.getKey(), peer.getValue()));
      }
    }
    var loads = new ArrayList<Load>();
    for (var pair : built) {
      System.err.println("bench: warming " + pair.label());
      var load = new Load(pair, seconds);
      load.warmUp(warmUp);
      loads.add(load);
    }
    var results = new Results();
    for (int round = 1; round <= rounds; round++) {
      results.beginRound();
      for (var load : loads) {
        System.err.printf(
            "bench: round %d of %d: %s (load %s)%n",
            round, rounds, load.label(), Machine.loadAverage());
        var figures = load.run(measures);
        System.err.println("bench:   " + figures);
        results.add(load.label(), figures);
      }
      Collections.rotate(loads, 1);
    }
    return results;
  }

  private Set<Measure> measures() {
    if (only.isEmpty()) {
      return EnumSet.allOf(Measure.class);
    }
    var known = Arrays.stream(Measure.values()).collect(Collectors.toMap(Measure::id, m -> m));
    var wanted = EnumSet.noneOf(Measure.class);
    for (var id : only) {
      var measure = known.get(id);
      if (measure == null) {
        throw new ParameterException(
            commandLine(),
            "There is no measure '" + id + "'; there are " + new TreeSet<>(known.keySet()) + ".");
      }
      wanted.add(measure);
    }
    return wanted;
  }

  private CommandLine commandLine() {
    return Objects.requireNonNull(spec).commandLine();
  }

  private Map<String, String> about() throws IOException {
    var about = new LinkedHashMap<String, String>();
    about.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    about.put(
        "machine",
        Runtime.getRuntime().availableProcessors()
            + " cores, "
            + Machine.processor()
            + ", Linux "
            + System.getProperty("os.version"));
    about.put("Java", Runtime.version().toString());
    about.put(
        "JVM flags",
        System.getenv().getOrDefault("GATEHOUSE_JAVA_OPTIONS", "those of bin/gatehouse"));
    peers.forEach((label, program) -> about.put(label, version(program)));
    about.put("MTU in the tunnel", "1420");
    about.put("rounds, seconds per TCP run", rounds + ", " + seconds);
    about.put("load average at the end", Machine.loadAverage());
    return about;
  }

  private static String version(String program) {
    try {
      var process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      var first = process.inputReader().readLine();
      process.destroy();
      return first == null ? "unknown version" : first;
    } catch (IOException e) {
      return "unknown version";
    }
  }
}
