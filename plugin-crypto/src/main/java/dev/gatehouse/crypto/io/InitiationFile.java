package dev.gatehouse.crypto.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.crypto.core.Tai64n;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stamp of the newest initiation taken from each peer, kept through restarts, so that nobody
 * who recorded an old one can replay it to a gateway that was just started (the white paper's
 * section 5.1 leaves this open). Written within a second; a kill loses at most what came in it. One
 * thread, apart from the writing.
 */
final class InitiationFile {

  private static final Logger log = LoggerFactory.getLogger(InitiationFile.class);

  /** Beyond so many peers, those that come new are not remembered. */
  private static final int MOST = 200_000;

  private final Path file;
  private final TimeSource time;
  private final Executor writer;
  private final Map<PublicKey, byte[]> newest;
  private final AtomicBoolean writing = new AtomicBoolean();
  private boolean changed;
  private long version;
  private long written;
  private volatile long notBefore;

  /**
   * Reads what was remembered. Blocks.
   *
   * @param writer runs what blocks later
   */
  InitiationFile(Path file, TimeSource time, Executor writer) {
    this.file = file;
    this.time = time;
    this.writer = writer;
    this.newest = read();
    this.notBefore = time.nanoTime();
  }

  private Map<PublicKey, byte[]> read() {
    var found = new HashMap<PublicKey, byte[]>();
    try (var lines = Files.newBufferedReader(file)) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        int space = line.indexOf(' ');
        var stamp = HexFormat.of().parseHex(line, space + 1, line.length());
        if (stamp.length == Tai64n.LENGTH && found.size() < MOST) {
          found.put(PublicKey.parse(line.substring(0, Math.max(0, space))), stamp);
        }
      }
    } catch (NoSuchFileException e) {
      // the first start
    } catch (IOException | IllegalArgumentException | GatehouseException e) {
      log.atWarn()
          .addKeyValue("file", file)
          .log("the stamps of the clients' newest handshakes are damaged; the rest is forgotten");
      log.atDebug().setCause(e).log("reading them failed");
    }
    return found;
  }

  /** The newest stamp; null if there was none. */
  byte @Nullable [] newest(PublicKey peer) {
    return newest.get(peer);
  }

  /** An initiation with this stamp was taken. */
  void taken(PublicKey peer, byte[] stamp) {
    if (newest.size() < MOST || newest.containsKey(peer)) {
      newest.put(peer, stamp);
      changed = true;
    }
  }

  /** The peer was removed. */
  void forget(PublicKey peer) {
    changed |= newest.remove(peer) != null;
  }

  /** Writes what is new; called every second. Does not block. */
  void tick() {
    if (!changed || time.nanoTime() - notBefore < 0 || !writing.compareAndSet(false, true)) {
      return;
    }
    changed = false;
    long number = ++version;
    var text = text();
    writer.execute(() -> {
      long begin = time.nanoTime();
      try {
        write(number, text);
      } finally {
        // With very many peers writing takes long: then it is done less often.
        long end = time.nanoTime();
        notBefore = end + Math.min(20 * (end - begin), Duration.ofMinutes(1).toNanos());
        writing.set(false);
      }
    });
  }

  private String text() {
    var text = new StringBuilder(newest.size() * 70);
    newest.forEach((peer, stamp) -> {
      text.append(peer).append(' ').append(HexFormat.of().formatHex(stamp)).append('\n');
    });
    return text.toString();
  }

  private synchronized void write(long number, String text) {
    if (number < written) {
      return;
    }
    written = number;
    try {
      StateFile.replace(file, text);
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("file", file)
          .setCause(e)
          .log("the stamps of the clients' newest handshakes cannot be written");
    }
  }

  /** Writes what is new. Blocks. */
  void close() {
    if (changed) {
      changed = false;
      write(++version, text());
    }
  }
}
