package dev.gatehouse.bench.store;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.bench.Machine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The SQLite store by itself, and with the policy stage that follows it. */
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures the SQLite store: durable grants, opening with many authorizations, expiry of many"
          + " at once, and how soon a revocation is enforced.",
      "Beside wall time stands the processor time of the process. The store is opened in a fresh"
          + " JVM each time, as at boot."
    })
public final class StoreBench implements Callable<Integer> {

  private enum Part {
    GRANTS,
    OPENING,
    EXPIRY,
    REVOCATION
  }

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Where to work, on a real disk. Default: a temporary directory.")
  private @Nullable Path directory;

  @Option(
      names = "--authorizations",
      defaultValue = "1000000",
      description = "How many to open the store with. Default: ${DEFAULT-VALUE}.")
  private int authorizations;

  @Option(
      names = "--expiring",
      defaultValue = "100000",
      description = "How many to let expire at once. Default: ${DEFAULT-VALUE}.")
  private int expiring;

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--measure",
      split = ",",
      paramLabel = "PART",
      description = "Only these: ${COMPLETION-CANDIDATES}.")
  private List<Part> parts = List.of(Part.values());

  @Option(names = "--only-fill", hidden = true)
  private boolean onlyFill;

  @Option(names = "--only-open", hidden = true)
  private boolean onlyOpen;

  private final PrintStream out = System.out;

  /** Made by the command line. */
  public StoreBench() {}

  @Override
  public Integer call() throws Exception {
    if (onlyOpen && directory != null) {
      open(directory);
      return 0;
    }
    if (onlyFill && directory != null) {
      fill(directory);
      return 0;
    }
    var base = directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory;
    var work = Files.createTempDirectory(base, "gatehouse-bench-store");
    try {
      about();
      for (var part : parts) {
        measure(part, Files.createDirectory(work.resolve(part.name())));
      }
    } finally {
      try (var files = Files.walk(work)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    return 0;
  }

  private void about() throws IOException {
    out.printf(
        "%d processors, %s, Java %s, load average %s%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.version(),
        Machine.loadAverage());
  }

  private void measure(Part part, Path where) throws Exception {
    switch (part) {
      case GRANTS -> grants(where);
      case OPENING -> opening(where);
      case EXPIRY -> {
        for (int round = 0; round < rounds; round++) {
          new Enforcement(out)
              .expiry(Files.createDirectory(where.resolve("round-" + round)), expiring);
        }
      }
      case REVOCATION -> {
        var enforcement = new Enforcement(out);
        enforcement.revocation(Files.createDirectory(where.resolve("told")), 1000, true);
        enforcement.revocation(Files.createDirectory(where.resolve("untold")), 10, false);
      }
    }
  }

  private void grants(Path where) throws Exception {
    var time = TimeSource.system();
    try (var population = new Population(where, time)) {
      population.createResources();
      var expiry = time.now().plus(Duration.ofHours(8));
      population.grant(32, 20_000, 0, expiry); // warms the JVM up
      for (int round = 0; round < rounds; round++) {
        out.println(population.grant(32, 40_000, 10_000 * (round + 1), expiry));
      }
      out.println(population.grant(1, 2_000, 100_000, expiry));
    }
  }

  private void fill(Path where) throws Exception {
    var time = TimeSource.system();
    try (var population = new Population(where, time)) {
      population.createResources();
      population.grant(256, authorizations, 0, time.now().plus(Duration.ofDays(1)));
    }
  }

  private void opening(Path where) throws Exception {
    fill(where);
    for (int round = 0; round < rounds; round++) {
      openInAFreshJvm(where);
    }
  }

  private static void openInAFreshJvm(Path where) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Xmx2g");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("dev.gatehouse.bench.Main");
    command.addAll(List.of("store", "--only-open", "--directory", where.toString()));
    int code =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (code != 0) {
      throw new IllegalStateException("the store could not be opened");
    }
  }

  private void open(Path where) throws Exception {
    long disk = 0;
    try (var files = Files.list(where)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        disk += Files.size(file);
      }
    }
    long heapBefore = Measured.usedHeapMiB();
    var opened = new Population[1];
    var took = Measured.of(() -> opened[0] = new Population(where, TimeSource.system()));
    try (var population = opened[0]) {
      long heap = Measured.usedHeapMiB() - heapBefore;
      out.printf(
          Locale.ROOT,
          "opening: %s authorizations in %s, heap %d MiB, disk %d MB, -Xmx2g%n",
          population.store().status().get("authorizations"),
          took,
          heap,
          disk / 1_000_000);
    }
  }
}
