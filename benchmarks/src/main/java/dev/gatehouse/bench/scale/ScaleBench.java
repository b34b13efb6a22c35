package dev.gatehouse.bench.scale;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A gateway with very many clients: memory, idle processor time, lookups, cost of a packet. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Gives a gateway very many clients and authorizations, connects many of them over real",
      "sockets, and measures its memory, its processor time while nothing happens, how long one",
      "packet is judged, and what a packet costs with 1 to all connected clients sending in turn.",
      "Needs root and curl."
    })
public final class ScaleBench implements Callable<Integer> {

  private static final Duration START = Duration.ofMinutes(2);
  private static final String GATEWAY = "192.0.2.1";

  @Option(names = "--clients", defaultValue = "10000", description = "Default: ${DEFAULT-VALUE}.")
  private int clients;

  @Option(names = "--active", defaultValue = "1000", description = "Default: ${DEFAULT-VALUE}.")
  private int active;

  @Option(
      names = "--grants",
      defaultValue = "10000",
      description = "Authorizations of the first client. Default: ${DEFAULT-VALUE}.")
  private int grants;

  @Option(
      names = "--idle",
      defaultValue = "30",
      description = "Seconds of keepalives alone. Default: ${DEFAULT-VALUE}.")
  private int idle;

  @Option(names = "--rounds", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--bursts",
      defaultValue = "250",
      description = "Bursts of 256 packets for one point. Default: ${DEFAULT-VALUE}.")
  private int bursts;

  @Option(
      names = "--out",
      paramLabel = "DIRECTORY",
      description = "Where to write scale.csv and scale.svg. Default: nowhere.")
  private Path out = Path.of("");

  /** Made by the command line. */
  public ScaleBench() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    var unavailable = NetLab.unavailableBecause();
    if (unavailable.isPresent()) {
      System.err.println("bench: " + unavailable.get() + "; run it as root on Linux.");
      return 2;
    }
    System.out.printf(
        "machine: %d processors, %s, Linux %s, Java %s, load average %s%n",
        Machine.processors(),
        Machine.processor(),
        System.getProperty("os.version"),
        Runtime.version(),
        Machine.loadAverage());
    var estate = new Estate(clients, active, grants);
    System.out.println(LookupTimes.measure(estate));
    var directory = Files.createTempDirectory("gatehouse-bench");
    try (var lab = NetLab.open()) {
      measure(lab, directory, estate);
      System.out.printf("load average at the end: %s%n", Machine.loadAverage());
      return 0;
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private void measure(NetLab lab, Path directory, Estate estate)
      throws IOException, InterruptedException {
    var crowd = lab.namespace("c");
    var gateway = lab.namespace("g");
    lab.cable(crowd, List.of("192.0.2.2/24"), gateway, List.of(GATEWAY + "/24"));
    gateway.run("ip", "route", "add", "blackhole", Estate.BEHIND);
    var state =
        Files.createDirectory(
            directory.resolve("state"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    System.err.println("bench: filling the store");
    estate.write(state);
    var configuration =
        Files.writeString(
            directory.resolve("gatehouse.toml"),
            """
            state-directory = "%s"
            [tun]
            name = "%s"
            addresses = ["100.64.0.1/16"]
            [tunnel]
            handshakes-per-second = 100000
            [log]
            format = "json"
            """
                .formatted(state, lab.prefix() + "g"));
    var program =
        Path.of(System.getProperty("gatehouse.bundle", "dist/target/gatehouse"), "bin/gatehouse");
    long begin = System.nanoTime();
    var daemon = gateway.start(program.toString(), "run", "-c", configuration.toString());
    daemon.awaitLine("gatehouse ready", START);
    System.out.printf(
        Locale.ROOT,
        "ready after %.1f s with %,d clients and %,d authorizations, %.0f MiB resident%n",
        (System.nanoTime() - begin) / 1e9,
        clients,
        grants + active,
        Machine.residentMebibytes(daemon.pid()));
    var key = publicKey(daemon);
    try (var members = new CrowdProcess(crowd, GATEWAY + ":51820", key, estate)) {
      double before = Machine.processorSeconds(daemon.pid());
      int connected = members.connect();
      System.out.printf(
          Locale.ROOT,
          "%,d of %,d connected, %.1f s of processor time%n",
          connected,
          active,
          Machine.processorSeconds(daemon.pid()) - before);
      curve(members, daemon, () -> written(gateway, lab.prefix() + "g"));
      idle(members, daemon);
    }
  }

  /** The packets that came out of the tunnel at the gateway so far. */
  private static long written(Namespace gateway, String device) {
    var file = "/sys/class/net/" + device + "/statistics/rx_packets";
    return Long.parseLong(gateway.run("cat", file).out().strip());
  }

  private static String publicKey(Background daemon) {
    var line = daemon.line("gatehouse ready").orElseThrow();
    return line.replaceAll(".*\"public-key\":\"([^\"]+)\".*", "$1");
  }

  private void idle(CrowdProcess members, Background daemon) throws IOException {
    members.idle(10);
    double before = Machine.processorSeconds(daemon.pid());
    members.idle(idle);
    double used = Machine.processorSeconds(daemon.pid()) - before;
    System.out.printf(
        Locale.ROOT,
        "idle with %,d connected clients and their keepalives: %.2f %% of a core (wanted ≤ 2),"
            + " %.0f MiB resident (wanted ≤ 1024)%n",
        active,
        used / idle * 100,
        Machine.residentMebibytes(daemon.pid()));
  }

  private void curve(CrowdProcess members, Background daemon, LongSupplier written)
      throws IOException {
    var points = new TreeMap<Integer, List<Double>>();
    for (int peers = 1; peers < active; peers *= 10) {
      points.put(peers, new ArrayList<>());
      points.put(Math.min(active, peers * 3), new ArrayList<>());
    }
    points.put(active, new ArrayList<>());
    members.send(active, bursts * 4); // warms both ends
    long already = written.getAsLong();
    long all = 0;
    for (int round = 0; round < rounds; round++) {
      // A session that grows old within a point would bring the cost of a handshake into it.
      members.renew();
      for (var point : points.entrySet()) {
        double before = Machine.processorSeconds(daemon.pid());
        long sent = members.send(point.getKey(), bursts);
        double used = Machine.processorSeconds(daemon.pid()) - before;
        point.getValue().add(used / sent * 1e6);
        all += sent;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n%,d packets sent, %.1f %% of them came out of the tunnel%n",
        all,
        100.0 * (written.getAsLong() - already) / all);
    System.out.printf(
        "%n| peers sending in turn | µs of processor time per packet |%n|---:|---|%n");
    points.forEach((peers, costs) ->
        System.out.printf(
            Locale.ROOT,
            "| %d | %.2f [%.2f, %.2f] |%n",
            peers,
            Curve.median(costs),
            costs.stream().mapToDouble(each -> each).min().orElseThrow(),
            costs.stream().mapToDouble(each -> each).max().orElseThrow()));
    System.out.printf(
        Locale.ROOT,
        "%nwith %d peers in turn a packet costs %.2f times what it costs with one%n",
        active,
        Curve.median(points.lastEntry().getValue()) / Curve.median(points.firstEntry().getValue()));
    if (!out.toString().isEmpty()) {
      Files.createDirectories(out);
      Files.writeString(
          out.resolve("scale.svg"),
          Curve.svg("µs of processor time per packet, by peers sending in turn", points));
      var csv = new ArrayList<>(List.of("peers,round,micros"));
      points.forEach((peers, costs) -> {
        for (int i = 0; i < costs.size(); i++) {
          csv.add(String.format(Locale.ROOT, "%d,%d,%.3f", peers, i + 1, costs.get(i)));
        }
      });
      Files.write(out.resolve("scale.csv"), csv);
    }
  }
}
