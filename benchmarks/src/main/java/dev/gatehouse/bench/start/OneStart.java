package dev.gatehouse.bench.start;

import dev.gatehouse.bench.Machine;
import dev.gatehouse.testkit.lab.Namespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What one start of a gateway measured.
 *
 * @param readyMillis from the command to the line {@code gatehouse ready}
 * @param processorMillis the processor time of all threads until then
 * @param residentMebibytes the resident memory after it has settled
 * @param idlePercent the processor time of the last seconds, in percent of one core
 * @param flags the virtual machine's options
 */
record OneStart(
    double readyMillis,
    double processorMillis,
    double residentMebibytes,
    double idlePercent,
    List<String> flags) {

  /** Starts a gateway, lets it settle, watches it doing nothing and ends it. */
  static OneStart measure(
      Namespace machine,
      Path bundle,
      Path configuration,
      Map<String, String> environment,
      int settle,
      int idle)
      throws IOException, InterruptedException {
    var program = bundle.resolve("bin/gatehouse").toString();
    var builder =
        new ProcessBuilder(
            "ip",
            "netns",
            "exec",
            machine.name(),
            program,
            "run",
            "--config",
            configuration.toString());
    builder.environment().putAll(environment);
    long begin = System.nanoTime();
    var process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var lines = process.inputReader()) {
      awaitReady(lines);
      double millis = (System.nanoTime() - begin) / 1e6;
      long pid = process.pid(); // every program on the way replaces itself by the next
      double used = Machine.processorSeconds(pid) * 1000;
      TimeUnit.SECONDS.sleep(settle);
      double before = Machine.processorSeconds(pid);
      TimeUnit.SECONDS.sleep(idle);
      double busy = idle == 0 ? 0 : (Machine.processorSeconds(pid) - before) / idle * 100;
      return new OneStart(millis, used, Machine.residentMebibytes(pid), busy, flags(pid));
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  private static void awaitReady(BufferedReader lines) throws IOException {
    var line = lines.readLine();
    while (line != null && !line.contains("gatehouse ready")) {
      line = lines.readLine();
    }
    if (line == null) {
      throw new IOException("the gateway ended before it was ready");
    }
  }

  private static List<String> flags(long pid) throws IOException {
    var arguments = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    return Stream.of(arguments.split("\0", -1)).filter(each -> each.startsWith("-X")).toList();
  }
}
