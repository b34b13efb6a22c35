package dev.gatehouse.bench.micro;

import dev.gatehouse.bench.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The parts of the packet path one by one. */
@Command(
    name = "micro",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures the parts of the packet path one by one with JMH, in nanoseconds per packet:",
      "AEAD engines, checksum, cutting and joining of super-packets, routes and filters;",
      "and in nanoseconds per batch what it costs to hand one to the next plugin (LaneBenchmark)."
    })
public final class MicroBench implements Callable<Integer> {

  private static final String PACKAGE = MicroBench.class.getPackageName();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PATTERN",
      description = "Regular expressions of benchmarks to run, for example AeadBenchmark.seal.")
  private List<String> only = List.of("");

  @Option(
      names = "--engine",
      split = ",",
      paramLabel = "NAME",
      description =
          "AEAD engines, as in [tunnel] aead, also ipsec-mb. Default: openssl, jdk, bouncycastle.")
  private List<String> engines = List.of();

  @Option(names = "--forks", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private int forks;

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description = "Of one second each, after three to warm up. Default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--out",
      paramLabel = "DIRECTORY",
      description = "Where to write micro.txt and micro.json. Default: nowhere.")
  private Path out = Path.of("");

  @Option(names = "--verbose", description = "Show what JMH says meanwhile.")
  private boolean verbose;

  /** Made by the command line. */
  public MicroBench() {}

  @Override
  public Integer call() throws IOException, RunnerException {
    var options =
        new OptionsBuilder()
            .forks(forks)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.seconds(1))
            .verbosity(verbose ? VerboseMode.NORMAL : VerboseMode.SILENT);
    for (var pattern : only) {
      options.include(PACKAGE.replace(".", "\\.") + "\\..*" + pattern);
    }
    if (!engines.isEmpty()) {
      options.param("engine", engines.toArray(String[]::new));
    }
    System.err.println("bench: measuring; some seconds for each line");
    var results = new Runner(options.build()).run();
    var text = about() + table(results);
    System.out.print(text);
    if (!out.toString().isEmpty()) {
      Files.createDirectories(out);
      Files.writeString(out.resolve("micro.txt"), text);
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out.resolve("micro.json").toString())
          .writeOut(results);
      System.out.println("\nwritten to " + out);
    }
    return 0;
  }

  private static String about() throws IOException {
    return String.format(
        Locale.ROOT,
        "%d processors, %s, Linux %s, Java %s, load average %s%n%n",
        Machine.processors(),
        Machine.processor(),
        System.getProperty("os.version"),
        Runtime.version(),
        Machine.loadAverage());
  }

  /** A row a benchmark: what, with which parameters, the mean, and the least of the iterations. */
  private static String table(Collection<RunResult> results) {
    var rows = new ArrayList<>(List.of("| what | with | ns | least ns |", "|---|---|---:|---:|"));
    for (var result : results) {
      var parameters = result.getParams();
      var with =
          parameters.getParamsKeys().stream()
              .map(key -> key + " " + parameters.getParam(key))
              .collect(Collectors.joining(", "));
      var score = result.getPrimaryResult();
      rows.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f |",
              parameters.getBenchmark().substring(PACKAGE.length() + 1),
              with,
              score.getScore(),
              score.getStatistics().getMin()));
    }
    return String.join(System.lineSeparator(), rows) + System.lineSeparator();
  }
}
