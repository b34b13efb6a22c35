package dev.gatehouse.crypto.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.crypto.core.Tai64n;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stamps for initiations that only ever go up, also across restarts, kills and when the clock was
 * set back: peers refuse a stamp that is not later than the last one they saw. The file holds a
 * mark that no stamp given out is beyond; after a restart they go on from the clock or from the
 * mark, whichever is later. The mark runs ahead of the clock, so that giving out a stamp need not
 * wait for the disk, except after the clock leapt.
 */
final class StampFile implements Tai64n.Source, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StampFile.class);

  /** How far the mark is ahead of the clock: small, so that a lost file costs little waiting. */
  static final Duration AHEAD = Duration.ofSeconds(60);

  /**
   * How far the mark is ahead of the stamps where these are ahead of the clock. Small, because each
   * kill moves the stamps on by as much.
   */
  private static final Duration STEP = Duration.ofSeconds(1);

  private final Path file;
  private final TimeSource time;
  private final Executor writer;
  private final AtomicBoolean writing = new AtomicBoolean();
  private final Object disk = new Object();
  private byte[] last;
  private volatile byte[] mark;

  /**
   * Reads the mark and moves it on. Blocks.
   *
   * @param writer runs what blocks later
   */
  StampFile(Path file, TimeSource time, Executor writer) {
    this.file = file;
    this.time = time;
    this.writer = writer;
    mark = read();
    last = mark;
    write(reserved(Tai64n.of(time.now()), AHEAD, STEP));
  }

  private byte[] read() {
    try {
      var bytes = HexFormat.of().parseHex(Files.readString(file).strip());
      if (bytes.length == Tai64n.LENGTH) {
        return bytes;
      }
      damaged();
    } catch (NoSuchFileException e) {
      // nothing was ever sent
    } catch (IOException | IllegalArgumentException e) {
      damaged();
    }
    return new byte[Tai64n.LENGTH];
  }

  private void damaged() {
    log.atWarn()
        .addKeyValue("file", file)
        .log("the mark of handshake stamps is damaged; the clock alone counts");
  }

  /** The later of the clock and the last stamp, each with something on top. */
  private byte[] reserved(byte[] clock, Duration aboveClock, Duration aboveLast) {
    var one = Tai64n.plus(clock, aboveClock);
    var other = Tai64n.plus(last, aboveLast);
    return Tai64n.isAfter(one, other) ? one : other;
  }

  @Override
  public synchronized byte[] next() {
    var clock = Tai64n.of(time.now());
    last = Tai64n.isAfter(clock, last) ? clock : Tai64n.after(last);
    if (Tai64n.isAfter(last, mark)) {
      write(reserved(clock, AHEAD, STEP));
    } else {
      runAhead(clock);
    }
    return last.clone();
  }

  /** Keeps the mark ahead of the clock; called every now and then. Does not block. */
  synchronized void tick() {
    runAhead(Tai64n.of(time.now()));
  }

  private void runAhead(byte[] clock) {
    var needed = reserved(clock, AHEAD.dividedBy(2), STEP.dividedBy(2));
    if (Tai64n.isAfter(needed, mark) && writing.compareAndSet(false, true)) {
      var next = reserved(clock, AHEAD, STEP);
      writer.execute(() -> {
        try {
          write(next);
        } finally {
          writing.set(false);
        }
      });
    }
  }

  private void write(byte[] next) {
    synchronized (disk) {
      if (!Tai64n.isAfter(next, mark)) {
        return;
      }
      try {
        StateFile.replace(file, HexFormat.of().formatHex(next) + "\n");
        mark = next;
      } catch (IOException e) {
        log.atWarn()
            .addKeyValue("file", file)
            .setCause(e)
            .log(
                "the mark of handshake stamps cannot be written; peers may refuse handshakes after"
                    + " a restart if the clock is set back");
      }
    }
  }

  /** Leaves the last stamp as the mark, so that a restart loses nothing. Blocks. */
  @Override
  public synchronized void close() {
    synchronized (disk) {
      try {
        StateFile.replace(file, HexFormat.of().formatHex(last) + "\n");
        mark = last;
      } catch (IOException e) {
        log.atDebug().addKeyValue("file", file).setCause(e).log("the mark stays ahead");
      }
    }
  }
}
