package dev.gatehouse.testkit.tun;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process holds.
 *
 * @param descriptors open files; 0 where the system does not tell
 * @param threads live platform threads, those of native code included where the system tells
 * @param directBytes memory of direct buffers
 * @param otherBytes memory that is neither heap nor the virtual machine's own, as arenas have it
 *     and native code; 0 where the system does not tell
 */
record Resources(long descriptors, long threads, long directBytes, long otherBytes) {

  private static final long NOISE = 48L << 20;

  static Resources now() {
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    long threads = entries(Path.of("/proc/self/task"));
    return new Resources(
        entries(Path.of("/proc/self/fd")),
        threads > 0 ? threads : ManagementFactory.getThreadMXBean().getThreadCount(),
        direct,
        outsideOfTheHeap());
  }

  private static long outsideOfTheHeap() {
    var status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    var memory = ManagementFactory.getMemoryMXBean();
    try (var lines = Files.lines(status)) {
      long data =
          lines
              .filter(line -> line.startsWith("VmData:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
              .findFirst()
              .orElse(0);
      return data
          - memory.getHeapMemoryUsage().getCommitted()
          - memory.getNonHeapMemoryUsage().getCommitted();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A JVM has a few threads and files that come and go by themselves; a leak is many. */
  boolean isWithin(Resources before) {
    return descriptors <= before.descriptors + 8
        && threads <= before.threads + 8
        && directBytes <= before.directBytes + 64 * 1024
        && otherBytes <= before.otherBytes + NOISE;
  }

  private static long entries(Path directory) {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (var files = Files.list(directory)) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
