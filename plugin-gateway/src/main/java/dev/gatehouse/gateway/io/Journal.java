package dev.gatehouse.gateway.io;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records to a log file on a thread of its own. Giving one never waits: while the disk is
 * full or slow they queue up, and what finds no place is lost, counted and told, in the file as
 * well as soon as it can be written again.
 *
 * @param <T> what is written
 */
final class Journal<T> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final int MOST_WAITING = 10_000;
  private static final int AT_ONCE = 256;
  private static final long RETRY_MILLIS = 1_000;
  private static final long LOOK_MILLIS = 250;
  private static final long LAST_TRY_MILLIS = 2_000;

  private final LineSink file;
  private final Function<T, String> line;
  private final Supplier<Instant> clock;
  private final BlockingQueue<T> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final Thread thread;
  private volatile @Nullable String problem;
  private volatile boolean closing;
  private long lostTold;

  /**
   * A journal that is not started.
   *
   * @param line makes a line of a record, on the journal's thread
   * @param clock the wall clock
   */
  Journal(String name, LineSink file, Function<T, String> line, Supplier<Instant> clock) {
    this.file = file;
    this.line = line;
    this.clock = clock;
    thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a record, or counts it as lost. Any thread; never blocks. */
  void add(T entry) {
    if (!waiting.offer(entry)) {
      lost.incrementAndGet();
    }
  }

  /** How many records were written. Any thread. */
  long written() {
    return written.get();
  }

  /** How many records were lost. Any thread. */
  long lost() {
    return lost.get();
  }

  /** Why nothing can be written now; empty while all is well. Any thread. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private void run() {
    var entries = new ArrayList<T>();
    try {
      while (true) {
        var first = waiting.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          entries.add(first);
          waiting.drainTo(entries, AT_ONCE - 1);
          write(entries);
          entries.clear();
        } else if (closing) {
          return;
        }
      }
    } catch (InterruptedException e) {
      lost.addAndGet(entries.size() + (long) waiting.size());
    }
  }

  private void write(List<T> entries) throws InterruptedException {
    var lines = new ArrayList<String>();
    entries.forEach(entry -> lines.add(line.apply(entry)));
    while (true) {
      long lostByNow = lost.get();
      try {
        var all = lines;
        if (lostByNow > lostTold) {
          all = new ArrayList<>(lines);
          all.add(
              new JsonObject()
                  .put("time", clock.get().toString())
                  .put("event", "records-lost")
                  .put("count", lostByNow - lostTold)
                  .encode());
        }
        file.write(all);
        lostTold = lostByNow;
        written.addAndGet(entries.size());
        recovered();
        return;
      } catch (IOException | RuntimeException e) {
        failed(e);
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      }
    }
  }

  private void recovered() {
    if (problem != null) {
      problem = null;
      log.atInfo()
          .addKeyValue("file", file.file())
          .addKeyValue("lost", lost.get())
          .log("the file can be written again");
    }
  }

  private void failed(Exception cause) {
    boolean first = problem == null;
    problem =
        "%s cannot be written (%s); %d records wait, %d are lost."
            .formatted(file.file(), cause.getMessage(), waiting.size(), lost.get());
    if (first) {
      log.atWarn()
          .addKeyValue("file", file.file())
          .addKeyValue("reason", cause.getMessage())
          .log("the file cannot be written; packets flow on");
    }
  }

  /** Writes what waits, if that is possible soon, and ends. */
  @Override
  public void close() {
    closing = true;
    try {
      if (!thread.join(java.time.Duration.ofMillis(RETRY_MILLIS + LAST_TRY_MILLIS))) {
        thread.interrupt();
        thread.join();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    file.close();
  }
}
