package dev.gatehouse.crypto.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where connected peers were last heard of, kept through restarts. A client does not notice that
 * the gateway lost its sessions until some packets went unanswered (15 s by the white paper's
 * timers); a gateway that remembers where its clients are calls them first. The file is a hint and
 * nothing more: who may do what is not in it, and a lost or damaged one only costs those seconds.
 */
final class EndpointFile {

  private static final Logger log = LoggerFactory.getLogger(EndpointFile.class);

  /** Older hints are not used: addresses and their mappings in routers have changed since. */
  static final Duration USEFUL = Duration.ofMinutes(10);

  /** How often the file is written while peers are connected, so that it does not look old. */
  static final Duration REFRESH = Duration.ofMinutes(1);

  private static final int MOST = 100_000;

  private final Path file;
  private final TimeSource time;
  private final Executor writer;
  private final Map<PublicKey, Endpoint> remembered;
  private final Map<PublicKey, Endpoint> connected = new HashMap<>();
  private final AtomicBoolean writing = new AtomicBoolean();
  private boolean changed;
  private long writtenAt;

  /**
   * Reads what was remembered.
   *
   * @param writer runs what blocks
   */
  EndpointFile(Path file, TimeSource time, Executor writer) {
    this.file = file;
    this.time = time;
    this.writer = writer;
    this.writtenAt = time.nanoTime();
    this.remembered = read();
  }

  private Map<PublicKey, Endpoint> read() {
    var found = new HashMap<PublicKey, Endpoint>();
    try {
      var lines = Files.readAllLines(file);
      var age = Duration.between(Instant.parse(lines.getFirst()), time.now());
      if (age.isNegative() || age.compareTo(USEFUL) > 0) {
        return found;
      }
      for (var line : lines.subList(1, Math.min(lines.size(), MOST))) {
        int space = line.indexOf(' ');
        found.put(
            PublicKey.parse(line.substring(0, space)), Endpoint.parse(line.substring(space + 1)));
      }
    } catch (NoSuchFileException e) {
      // the first start
    } catch (IOException
        | DateTimeParseException
        | GatehouseException
        | IndexOutOfBoundsException
        | java.util.NoSuchElementException e) {
      log.atInfo()
          .addKeyValue("file", file)
          .log("the file of last known endpoints is not readable; clients will call by themselves");
      log.atDebug().setCause(e).log("reading it failed");
      found.clear();
    }
    return found;
  }

  /** Where the peer was before the restart; told once. Shard's thread. */
  Optional<Endpoint> recall(PublicKey peer) {
    return Optional.ofNullable(remembered.remove(peer));
  }

  /** A peer is connected, or was heard of elsewhere. Shard's thread. */
  void connected(PublicKey peer, Endpoint at) {
    if (!at.equals(connected.put(peer, at))) {
      changed = true;
      tick();
    }
  }

  /** A peer is gone, and not because the gateway goes. Shard's thread. */
  void disconnected(PublicKey peer) {
    if (connected.remove(peer) != null) {
      changed = true;
      tick();
    }
  }

  /**
   * Writes the file if there is something new in it and it is not being written; called on every
   * change, and every second for what came meanwhile. Shard's thread.
   */
  void tick() {
    boolean old = !connected.isEmpty() && time.nanoTime() - writtenAt >= REFRESH.toNanos();
    if ((changed || old) && writing.compareAndSet(false, true)) {
      changed = false;
      writtenAt = time.nanoTime();
      var lines = new ArrayList<String>(connected.size() + 1);
      lines.add(time.now().toString());
      connected.forEach((peer, at) -> lines.add(peer + " " + at));
      writer.execute(() -> write(lines));
    }
  }

  private void write(List<String> lines) {
    var temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      create(temporary);
      Files.write(temporary, lines);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.atDebug().addKeyValue("file", file).setCause(e).log("endpoints cannot be written");
    } finally {
      writing.set(false);
    }
  }

  /** Client addresses are nobody else's business. */
  private static void create(Path temporary) throws IOException {
    try {
      if (Files.getFileStore(temporary.toAbsolutePath().getParent())
          .supportsFileAttributeView("posix")) {
        Files.createFile(
            temporary,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (FileAlreadyExistsException e) {
      // left over by a crash in the middle of writing, with the same permissions
    }
  }
}
