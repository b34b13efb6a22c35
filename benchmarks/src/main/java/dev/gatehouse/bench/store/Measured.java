package dev.gatehouse.bench.store;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * Wall time beside the processor time of the whole process, so that a figure taken on a busy
 * machine can be told from a slow program.
 */
record Measured(double seconds, double cpuSeconds) {

  /** Something to measure. */
  @FunctionalInterface
  interface Task {
    void run() throws Exception;
  }

  static Measured of(Task task) throws Exception {
    long cpu = cpuNanos();
    long begin = System.nanoTime();
    task.run();
    return new Measured((System.nanoTime() - begin) / 1e9, (cpuNanos() - cpu) / 1e9);
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.2f s (%.2f s of processor)", seconds, cpuSeconds);
  }

  /** The heap that is in use after collecting. */
  @SuppressWarnings("NoExplicitGC") // to measure the heap that is in use
  static long usedHeapMiB() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    var runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }
}
