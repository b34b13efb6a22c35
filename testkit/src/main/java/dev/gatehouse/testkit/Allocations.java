package dev.gatehouse.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Tells how much the calling thread allocates, for tests of the packet path.
 *
 * @since 0.1.0
 */
public final class Allocations {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int ATTEMPTS = 40;

  private Allocations() {}

  /** The bytes the calling thread allocates while it runs a task. Warm the task up first. */
  public static long of(Runnable task) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    task.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /**
   * The least of the bytes the calling thread allocates while it runs a task, over up to 40 runs:
   * code that is not compiled yet allocates more, and on a busy machine the compiler is late. Ends
   * with the first run that allocates less than a bound.
   */
  public static long least(Runnable task, long bound) {
    long least = of(task);
    for (int more = 1; more < ATTEMPTS && least >= bound; more++) {
      least = Math.min(least, of(task));
    }
    return least;
  }
}
