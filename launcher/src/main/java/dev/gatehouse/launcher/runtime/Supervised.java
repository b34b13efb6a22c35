package dev.gatehouse.launcher.runtime;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** Runs a step of a plugin's life on a virtual thread of its own, for a limited time. */
final class Supervised {

  private static final Duration GRACE = Duration.ofSeconds(1);

  private Supervised() {}

  /** A step that may fail in any way. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  /**
   * Runs a step and waits for it.
   *
   * @param loader the context class loader of the step's thread
   * @throws TimeoutException if it did not end in time; it was interrupted and left behind
   * @throws StepFailed if it failed
   * @throws InterruptedException if the caller was interrupted; the step was, too
   */
  static void run(String name, ClassLoader loader, Duration limit, Step step)
      throws TimeoutException, StepFailed, InterruptedException {
    var failure = new AtomicReference<Throwable>();
    var thread =
        Thread.ofVirtual()
            .name("gatehouse-" + name)
            .unstarted(() -> {
              try {
                step.run();
              } catch (Throwable e) { // whatever a plugin throws ends its step, not the house
                failure.set(e);
              }
            });
    thread.setContextClassLoader(loader);
    thread.start();
    try {
      if (!thread.join(limit)) {
        thread.interrupt();
        thread.join(GRACE);
        throw new TimeoutException();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      awaitBriefly(thread);
      throw e;
    }
    var thrown = failure.get();
    if (thrown != null) {
      throw new StepFailed(thrown);
    }
  }

  private static void awaitBriefly(Thread thread) {
    try {
      thread.join(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A step failed; the cause says how. */
  static final class StepFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final Throwable thrown;

    StepFailed(Throwable thrown) {
      super(thrown);
      this.thrown = thrown;
    }

    Throwable thrown() {
      return thrown;
    }
  }
}
