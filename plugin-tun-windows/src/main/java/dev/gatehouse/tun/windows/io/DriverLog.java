package dev.gatehouse.tun.windows.io;

import dev.gatehouse.tun.windows.abi.DriverLogger;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what the driver's library says, a bounded number of messages per second. The library
 * has one logger per process and may call it until it is unloaded, so there is one of these per
 * process and it never goes away: native code must not find its address freed.
 */
final class DriverLog implements DriverLogger {

  /** The one of this process. */
  static final DriverLog OF_THE_PROCESS = new DriverLog();

  static final int PER_SECOND = 20;
  private static final int MOST_CHARACTERS = 500;
  private static final long SECOND = 1_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(DriverLog.class);

  private final AtomicLong heard = new AtomicLong();
  private final AtomicLong second = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong inSecond = new AtomicLong();

  private DriverLog() {}

  /** How many messages there were. */
  long heard() {
    return heard.get();
  }

  @Override
  @SuppressWarnings("CatchAndPrintStackTrace") // nothing may pass into native code
  public void log(int level, long timestamp, long message) {
    try {
      heard.incrementAndGet();
      if (mayPass()) {
        var line = level == 0 ? LOG.atDebug() : LOG.atWarn();
        line.addKeyValue("text", text(message)).log("the driver says");
      }
    } catch (RuntimeException | Error e) {
      // An exception must not cross native frames; what the driver said is lost.
      inSecond.incrementAndGet();
    }
  }

  private boolean mayPass() {
    long now = System.nanoTime() / SECOND;
    long before = second.get();
    if (before != now && second.compareAndSet(before, now)) {
      inSecond.set(0);
    }
    return inSecond.incrementAndGet() <= PER_SECOND;
  }

  @SuppressWarnings("restricted") // the library gives an address
  static String text(long message) {
    if (message == 0) {
      return "";
    }
    var characters = MemorySegment.ofAddress(message).reinterpret(2L * MOST_CHARACTERS);
    var text = new StringBuilder();
    for (int i = 0; i < MOST_CHARACTERS; i++) {
      char character = characters.get(ValueLayout.JAVA_CHAR_UNALIGNED, 2L * i);
      if (character == 0) {
        break;
      }
      text.append(Character.isISOControl(character) ? ' ' : character);
    }
    return text.toString();
  }
}
