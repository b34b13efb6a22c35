package dev.gatehouse.launcher.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was opened, to be closed in reverse order; a failure to close one never spares another. */
final class Closers {

  private static final Logger LOG = LoggerFactory.getLogger(Closers.class);

  /** Something to close. */
  @FunctionalInterface
  interface Closing {
    void close() throws Exception;
  }

  private record Entry(String what, Closing closing) {}

  private final Deque<Entry> entries = new ArrayDeque<>();

  void push(String what, Closing closing) {
    entries.push(new Entry(what, closing));
  }

  /** Closes everything, also if the thread is interrupted, which it stays. */
  void closeAll() {
    boolean interrupted = Thread.interrupted();
    while (!entries.isEmpty()) {
      var entry = entries.pop();
      try {
        entry.closing.close();
      } catch (InterruptedException e) {
        interrupted = true;
        LOG.atWarn().addKeyValue("what", entry.what).log("interrupted while closing");
      } catch (Exception | LinkageError e) {
        LOG.atWarn().setCause(e).addKeyValue("what", entry.what).log("could not be closed");
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
