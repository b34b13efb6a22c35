package dev.gatehouse.launcher.shard;

import org.slf4j.Logger;

/**
 * Reports faults of code that is called very often: the first one, and then at every doubling of
 * their number, so that a fault in the packet path cannot flood the log. One thread.
 */
final class FaultLog {

  private final Logger log;
  private final String what;
  private long faults;

  FaultLog(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  void report(String where, Throwable fault) {
    faults++;
    if (Long.bitCount(faults) == 1) {
      log.atError()
          .setCause(fault)
          .addKeyValue("where", where)
          .addKeyValue("faults", faults)
          .log(what);
    }
  }

  long faults() {
    return faults;
  }
}
