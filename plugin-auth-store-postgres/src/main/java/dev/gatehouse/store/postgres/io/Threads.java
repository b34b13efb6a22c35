package dev.gatehouse.store.postgres.io;

/** Waiting for threads to end. */
final class Threads {

  private Threads() {}

  /** Waits until a thread has ended, interrupted or not. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
