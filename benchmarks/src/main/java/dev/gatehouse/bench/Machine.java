package dev.gatehouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux tells about this machine and about programs on it. Any thread. */
public final class Machine {

  private static final double TICKS_PER_SECOND = 100;

  private Machine() {}

  /** The name of the processor; {@code unknown} if it has none. */
  public static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  /** How many processors the machine has, whichever of them this program may use. */
  public static long processors() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("processor"))
        .count();
  }

  /** The load average of the last minute; {@code unknown} on other systems. */
  public static String loadAverage() throws IOException {
    var file = Path.of("/proc/loadavg");
    return Files.exists(file) ? Files.readString(file).split(" ", -1)[0] : "unknown";
  }

  /** The processor time a program has used so far, in seconds; in steps of 10 ms. */
  public static double processorSeconds(long pid) throws IOException {
    var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    // The name of the program may contain anything, so count from behind it.
    var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** The resident memory of a program in MiB. */
  public static double residentMebibytes(long pid) throws IOException {
    var status = Path.of("/proc", Long.toString(pid), "status");
    var line =
        Files.readAllLines(status).stream()
            .filter(each -> each.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow(() -> new IOException(status + " tells no resident memory"));
    return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
  }
}
