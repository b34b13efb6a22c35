package dev.gatehouse.launcher.shard;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Reports faults of code that is called very often: the first one, and then at every doubling of
 * their number, so that a fault in the packet path cannot flood the log. One thread reports.
 */
final class FaultLog {

  private final Logger log;
  private final String what;
  private final AtomicLong faults = new AtomicLong();

  FaultLog(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  void report(String where, Throwable fault) {
    long count = faults.getPlain() + 1;
    faults.setOpaque(count);
    if (Long.bitCount(count) == 1) {
      log.atError()
          .setCause(fault)
          .addKeyValue("where", where)
          .addKeyValue("faults", count)
          .log(what);
    }
  }

  /** How many there were. Any thread. */
  long faults() {
    return faults.getOpaque();
  }
}
