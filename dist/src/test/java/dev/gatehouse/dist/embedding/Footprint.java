package dev.gatehouse.dist.embedding;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this process holds outside the Java heap.
 *
 * @param threads names of threads, virtual ones included, without those the virtual machine runs
 *     virtual threads on
 * @param files what the open file descriptors lead to
 * @param buffers bytes of direct buffers, as Java counts them
 * @param foreign bytes of native memory allocated by Java code in any way, as the virtual machine
 *     counts them ("Other" of native memory tracking)
 */
record Footprint(List<String> threads, List<String> files, long buffers, long foreign) {

  private static final Pattern THREAD = Pattern.compile("\"name\": \"([^\"]*)\"");
  private static final Pattern OTHER =
      Pattern.compile("Other \\(reserved=\\d+, committed=(\\d+)\\)");

  /** Those the virtual machine starts and ends as it likes. */
  private static final Pattern JAVAS_OWN =
      Pattern.compile(
          "ForkJoinPool-1-worker-\\d+|VirtualThread-unblocker|ForkJoinPool-delayScheduler.*");

  static Footprint now(Path directory) throws Exception {
    System.gc(); // memory of closed things may be freed by cleaners only
    return new Footprint(
        threads(directory.resolve("threads.json")), openFiles(), directBuffers(), otherMemory());
  }

  boolean isWithin(Footprint other) {
    return threads.size() <= other.threads.size()
        && files.size() <= other.files.size()
        && buffers <= other.buffers
        && foreign <= other.foreign;
  }

  /** The smaller of both, kind by kind. */
  Footprint least(Footprint other) {
    return new Footprint(
        threads.size() <= other.threads.size() ? threads : other.threads,
        files.size() <= other.files.size() ? files : other.files,
        Math.min(buffers, other.buffers),
        Math.min(foreign, other.foreign));
  }

  private static List<String> threads(Path scratch) throws IOException {
    Files.deleteIfExists(scratch);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(scratch.toString(), ThreadDumpFormat.JSON);
    var dump = Files.readString(scratch);
    Files.delete(scratch);
    return THREAD
        .matcher(dump)
        .results()
        .map(found -> found.group(1))
        .filter(name -> !JAVAS_OWN.matcher(name).matches())
        .sorted()
        .toList();
  }

  private static List<String> openFiles() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.flatMap(Footprint::target).sorted().toList();
    }
  }

  /** Without the jars and the virtual machine's own files, which stay open. */
  private static Stream<String> target(Path descriptor) {
    try {
      return Stream.of(Files.readSymbolicLink(descriptor).toString())
          .filter(name -> !name.endsWith(".jar"));
    } catch (IOException e) {
      return Stream.empty(); // closed meanwhile
    }
  }

  private static long directBuffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private static long otherMemory() throws JMException {
    var said =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "vmNativeMemory",
                    new Object[] {new String[] {"summary", "scale=B"}},
                    new String[] {String[].class.getName()});
    var other = OTHER.matcher(said);
    if (!other.find()) {
      throw new IllegalStateException("run with -XX:NativeMemoryTracking=summary:\n" + said);
    }
    return Long.parseLong(other.group(1));
  }
}
