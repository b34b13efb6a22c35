package dev.gatehouse.bench.tunnel;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Loads one pair and reads the figures off. Not safe for concurrent use. */
final class Load {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MTU_PAYLOAD = 1420 - 28;
  private static final int SMALL_PAYLOAD = 64;
  private static final Pattern PING_MEAN = Pattern.compile("= [\\d.]+/([\\d.]+)/");

  private final Pair pair;
  private final int seconds;
  private final String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();

  Load(Pair pair, int seconds) {
    this.pair = pair;
    this.seconds = seconds;
    pair.gateway()
        .start("iperf3", "-s", "--forceflush")
        .awaitLine("listening", Duration.ofSeconds(10));
    pair.gateway()
        .start(probe("serve", pair.target()))
        .awaitLine("serving", Duration.ofSeconds(20));
  }

  String label() {
    return pair.label();
  }

  /** Runs what the wanted figures need. */
  Map<Measure, Double> run(Set<Measure> wanted) throws IOException {
    var figures = new EnumMap<Measure, Double>(Measure.class);
    if (wanted.contains(Measure.TCP_1_UP) || wanted.contains(Measure.CPU)) {
      double before = cpuSeconds();
      double rate = tcp(1, false);
      double spent = cpuSeconds() - before;
      figures.put(Measure.TCP_1_UP, rate);
      if (!pair.daemons().isEmpty()) {
        figures.put(Measure.CPU, spent / (rate * seconds));
      }
    }
    if (wanted.contains(Measure.TCP_1_DOWN)) {
      figures.put(Measure.TCP_1_DOWN, tcp(1, true));
    }
    if (wanted.contains(Measure.TCP_4_UP)) {
      figures.put(Measure.TCP_4_UP, tcp(4, false));
    }
    if (wanted.contains(Measure.TCP_4_DOWN)) {
      figures.put(Measure.TCP_4_DOWN, tcp(4, true));
    }
    if (wanted.contains(Measure.UDP_64)) {
      figures.put(Measure.UDP_64, search("search", SMALL_PAYLOAD));
    }
    if (wanted.contains(Measure.UDP_64_TRAINS)) {
      figures.put(Measure.UDP_64_TRAINS, search("search-trains", SMALL_PAYLOAD));
    }
    if (wanted.contains(Measure.UDP_MTU)) {
      figures.put(Measure.UDP_MTU, search("search", MTU_PAYLOAD));
    }
    if (wanted.contains(Measure.RR_P50) || wanted.contains(Measure.RR_P99)) {
      var times = roundTrips();
      figures.put(Measure.RR_P50, times[0]);
      figures.put(Measure.RR_P99, times[1]);
    }
    if (wanted.contains(Measure.LOADED_RR_P50) || wanted.contains(Measure.LOADED_RR_P99)) {
      try (var stream = iperf(seconds + 3, 1, false)) {
        var times = roundTrips();
        figures.put(Measure.LOADED_RR_P50, times[0]);
        figures.put(Measure.LOADED_RR_P99, times[1]);
        stream.awaitExit(Duration.ofSeconds(seconds + 20L));
      }
    }
    if (wanted.contains(Measure.PING)) {
      figures.put(Measure.PING, ping());
    }
    if (wanted.contains(Measure.RSS) && !pair.daemons().isEmpty()) {
      figures.put(Measure.RSS, residentMiB());
    }
    figures.keySet().retainAll(wanted);
    return figures;
  }

  /** Gets the pair going: a JVM compiles, a peer makes its handshake. */
  void warmUp(int warmSeconds) {
    if (warmSeconds > 0) {
      iperf(warmSeconds, 1, false).awaitExit(Duration.ofSeconds(warmSeconds + 30L));
      iperf(warmSeconds, 1, true).awaitExit(Duration.ofSeconds(warmSeconds + 30L));
    }
  }

  private double tcp(int streams, boolean down) {
    var run = iperf(seconds, streams, down);
    int exit = run.awaitExit(Duration.ofSeconds(seconds + 30L));
    JsonNode result = JSON.readTree(run.output());
    if (exit != 0) {
      throw new IllegalStateException(
          pair.label() + ": iperf3 failed: " + result.path("error").asString(run.output()));
    }
    return result.path("end").path("sum_received").path("bits_per_second").asDouble() / 1e9;
  }

  private Background iperf(int duration, int streams, boolean down) {
    var command =
        new ArrayList<>(
            List.of("iperf3", "-J", "-c", pair.target(), "-t", "" + duration, "-P", "" + streams));
    if (down) {
      command.add("-R");
    }
    return pair.client().start(command.toArray(String[]::new));
  }

  private double search(String how, int payload) {
    var found = pair.client().start(probe(how, pair.target(), "" + payload, "1000"));
    return numbers(found, 120)[0];
  }

  private double[] roundTrips() {
    return numbers(
        pair.client().start(probe("rr", pair.target(), "" + seconds * 500)), seconds + 30);
  }

  private double ping() {
    Outcome outcome =
        pair.client().attempt("ping", "-q", "-n", "-i", "0.002", "-c", "1000", pair.target());
    var mean = PING_MEAN.matcher(outcome.out());
    if (!mean.find()) {
      throw new IllegalStateException(pair.label() + ": " + outcome);
    }
    return Double.parseDouble(mean.group(1)) * 1000;
  }

  private double[] numbers(Background program, int atMost) {
    int exit = program.awaitExit(Duration.ofSeconds(atMost));
    if (exit != 0) {
      throw new IllegalStateException(pair.label() + ": " + program.output());
    }
    var words = program.lines().getLast().split(" ", -1);
    var numbers = new double[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Double.parseDouble(words[i]);
    }
    return numbers;
  }

  private String[] probe(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                java,
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName()));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  /** The CPU time the daemons have used so far. */
  private double cpuSeconds() throws IOException {
    double sum = 0;
    for (var daemon : pair.daemons()) {
      sum += Machine.processorSeconds(daemon.pid());
    }
    return sum;
  }

  private double residentMiB() throws IOException {
    double sum = 0;
    for (var daemon : pair.daemons()) {
      sum += Machine.residentMebibytes(daemon.pid());
    }
    return sum;
  }
}
