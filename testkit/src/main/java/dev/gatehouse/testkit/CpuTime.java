package dev.gatehouse.testkit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Tells how much processor time the calling thread uses, whatever else the machine is doing.
 *
 * @since 0.1.0
 */
public final class CpuTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private CpuTime() {}

  /** The nanoseconds of processor time the calling thread uses while it runs a task. */
  public static long of(Runnable task) {
    long before = THREADS.getCurrentThreadCpuTime();
    task.run();
    return THREADS.getCurrentThreadCpuTime() - before;
  }
}
