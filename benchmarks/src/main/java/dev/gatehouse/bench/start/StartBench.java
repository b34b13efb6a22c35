package dev.gatehouse.bench.start;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts of a gateway with and without its cache, alternately, in one run. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures the time from the command to 'gatehouse ready' and what an idle gateway needs,",
      "with what 'gatehouse prepare' makes and without. Works on a copy of the bundle.",
      "Needs root."
    })
public final class StartBench implements Callable<Integer> {

  private static final double WANTED_MILLIS = 1000;
  private static final double WANTED_MEBIBYTES = 150;
  private static final double WANTED_IDLE_PERCENT = 2;

  @Option(names = "--starts", defaultValue = "7", description = "Default: ${DEFAULT-VALUE}.")
  private int starts;

  @Option(
      names = "--settle",
      defaultValue = "15",
      description = "Seconds before memory is read. Default: ${DEFAULT-VALUE}.")
  private int settle;

  @Option(
      names = "--idle",
      defaultValue = "5",
      description = "Seconds of doing nothing that are watched. Default: ${DEFAULT-VALUE}.")
  private int idle;

  @Option(
      names = "--profiles",
      split = ",",
      defaultValue = "default",
      description = "Of small, default, server. Default: ${DEFAULT-VALUE}.")
  private List<String> profiles = List.of();

  /** A way to start. */
  private record Way(String label, Map<String, String> environment, List<OneStart> results) {}

  /** Made by the command line. */
  public StartBench() {}

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
          "machine: %d processors, %s, Linux %s, load average %s%n",
          Machine.processors(),
          Machine.processor(),
          System.getProperty("os.version"),
          Machine.loadAverage());
      var bundle = prepared(directory);
      var ways = ways();
      measure(lab, directory, bundle, ways);
      System.out.printf("load average at the end: %s%n", Machine.loadAverage());
      return report(ways);
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private List<Way> ways() {
    var ways = new ArrayList<Way>();
    for (var profile : profiles) {
      ways.add(
          new Way(profile + ", prepared", Map.of("GATEHOUSE_PROFILE", profile), new ArrayList<>()));
      var plain = new LinkedHashMap<String, String>();
      plain.put("GATEHOUSE_PROFILE", profile);
      plain.put("GATEHOUSE_PREPARED", "no");
      ways.add(new Way(profile + ", as unpacked", plain, new ArrayList<>()));
    }
    return ways;
  }

  private static Path prepared(Path directory) throws IOException, InterruptedException {
    var bundle = directory.resolve("gatehouse");
    var from = System.getProperty("gatehouse.bundle", "dist/target/gatehouse");
    run("cp", "-a", from, bundle.toString());
    run("chmod", "-R", "go-w", bundle.toString());
    long begin = System.nanoTime();
    run(bundle.resolve("bin/gatehouse").toString(), "prepare");
    System.out.printf(
        Locale.ROOT, "'gatehouse prepare' took %.1f s%n", (System.nanoTime() - begin) / 1e9);
    return bundle;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("'" + String.join(" ", command) + "' ended with " + code);
    }
  }

  private void measure(NetLab lab, Path directory, Path bundle, List<Way> ways)
      throws IOException, InterruptedException {
    var machine = lab.namespace("s");
    var configuration =
        Files.writeString(
            directory.resolve("gatehouse.toml"),
            """
            state-directory = "%s/state"
            [tun]
            name = "%ss"
            [log]
            format = "json"
            """
                .formatted(directory, lab.prefix()));
    for (int round = 0; round <= starts; round++) {
      for (var way : ways) {
        var one =
            OneStart.measure(
                machine,
                bundle,
                configuration,
                way.environment(),
                round == 0 ? 0 : settle,
                round == 0 ? 0 : idle);
        if (round > 0) { // the first reads files that the others find in memory
          way.results().add(one);
          System.err.printf(
              Locale.ROOT, "bench: %s: ready after %.0f ms%n", way.label(), one.readyMillis());
        }
      }
    }
  }

  private int report(List<Way> ways) {
    System.out.printf(
        "%nmedian [lowest, highest] of %d starts; resident after %d s, then idle for %d s%n%n",
        starts, settle, idle);
    System.out.println(
        "| | command to ready, ms | processor time until then, ms | resident, MiB | idle, percent"
            + " of a core |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (var way : ways) {
      System.out.printf(
          "| %s | %s | %s | %s | %s |%n",
          way.label(),
          figure(way, OneStart::readyMillis, "%.0f"),
          figure(way, OneStart::processorMillis, "%.0f"),
          figure(way, OneStart::residentMebibytes, "%.0f"),
          figure(way, OneStart::idlePercent, "%.1f"));
    }
    System.out.printf(
        "| wanted | ≤ %.0f | | ≤ %.0f | ≤ %.0f |%n",
        WANTED_MILLIS, WANTED_MEBIBYTES, WANTED_IDLE_PERCENT);
    System.out.println();
    ways.forEach(way ->
        System.out.println(
            way.label() + ": " + String.join(" ", way.results().getFirst().flags())));
    return 0;
  }

  private static String figure(Way way, ToDoubleFunction<OneStart> part, String format) {
    var sorted = way.results().stream().mapToDouble(part).sorted().toArray();
    return String.format(Locale.ROOT, format, sorted[sorted.length / 2])
        + String.format(
            Locale.ROOT, " [" + format + ", " + format + "]", sorted[0], sorted[sorted.length - 1]);
  }
}
