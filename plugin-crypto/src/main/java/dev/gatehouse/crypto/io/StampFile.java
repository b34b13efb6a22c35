package dev.gatehouse.crypto.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.crypto.core.Tai64n;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stamps for initiations that only ever go up, also across restarts and when the clock was set
 * back: peers refuse a stamp that is not later than the last one they saw. The file holds a mark
 * that is ahead of all stamps given out; after a restart they go on from the clock or from the
 * mark, whichever is later.
 */
final class StampFile implements Tai64n.Source {

  private static final Logger log = LoggerFactory.getLogger(StampFile.class);

  /** How far the mark is ahead: small, so that a lost file costs little waiting. */
  private static final Duration AHEAD = Duration.ofSeconds(60);

  private final Path file;
  private final TimeSource time;
  private final Executor writer;
  private final AtomicBoolean writing = new AtomicBoolean();
  private byte[] last;
  private volatile byte[] mark;

  /**
   * Reads the mark.
   *
   * @param writer runs what blocks
   */
  StampFile(Path file, TimeSource time, Executor writer) {
    this.file = file;
    this.time = time;
    this.writer = writer;
    mark = read();
    last = mark;
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

  @Override
  public synchronized byte[] next() {
    var now = time.now();
    var stamp = Tai64n.of(now);
    if (!Tai64n.isAfter(stamp, last)) {
      stamp = Tai64n.after(last);
    }
    last = stamp;
    var halfway = Tai64n.plus(stamp, AHEAD.dividedBy(2));
    if (Tai64n.isAfter(halfway, mark) && writing.compareAndSet(false, true)) {
      var next = Tai64n.plus(stamp, AHEAD);
      writer.execute(() -> write(next));
    }
    return stamp.clone();
  }

  private void write(byte[] next) {
    var temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(temporary, HexFormat.of().formatHex(next) + "\n");
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      mark = next;
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("file", file)
          .setCause(e)
          .log("the mark of handshake stamps cannot be written");
    } finally {
      writing.set(false);
    }
  }
}
