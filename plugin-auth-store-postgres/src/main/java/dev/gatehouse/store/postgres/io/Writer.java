package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.store.postgres.core.AuthorizationOperations;
import dev.gatehouse.store.postgres.core.Operation;
import dev.gatehouse.store.postgres.core.Wanted;
import dev.gatehouse.store.postgres.core.WorkingSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of this gateway that changes the store. Writes that arrive together share a
 * transaction: each is carried out on the rows it wants to see, in turn; what changed is written,
 * committed, told, and only then answered.
 *
 * <p>If the connection is lost while a transaction commits, nobody is answered before it is known
 * whether it did. If it did not, it is carried out again. While the database cannot be reached,
 * writes are refused at once, and what was to end is kept to be ended first thing afterwards.
 */
final class Writer {

  private static final Logger log = LoggerFactory.getLogger(Writer.class);

  private static final int QUEUE = 16_384;
  private static final int LARGEST_BATCH = 512;
  private static final int SWEEP = 500;
  private static final int ATTEMPTS = 3;
  private static final Duration TICK = Duration.ofMillis(100);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration KEEP_TIME = Duration.ofMinutes(5);

  private static final String NOTHING = "Nothing was changed.";
  private static final String KEPT =
      "What was to end is ended as soon as the database answers, before anything else; if this"
          + " gateway stops before that, repeat it.";

  private record Outcome<R>(Request<R> request, R result) {
    void tell() {
      request.succeed(result);
    }
  }

  private final PostgresStoreConfig config;
  private final TimeSource time;
  private final Ledger ledger;
  private final Problems problems;
  private final Feed feed;
  private final Clock clock;
  private final Follower follower;
  private final String identity;
  private final BlockingQueue<Request<?>> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Kept kept = new Kept();
  private final AtomicBoolean due = new AtomicBoolean();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong resolved = new AtomicLong();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile @Nullable GatehouseException trouble;
  private int lastBatch;
  private long keptTime;
  private long lastTry;

  Writer(
      PostgresStoreConfig config,
      TimeSource time,
      Ledger ledger,
      Problems problems,
      Feed feed,
      Clock clock,
      Follower follower,
      String identity) {
    this.config = config;
    this.time = time;
    this.ledger = ledger;
    this.problems = problems;
    this.feed = feed;
    this.clock = clock;
    this.follower = follower;
    this.identity = identity;
    this.thread = Thread.ofPlatform().daemon().name("store-postgres-writer").unstarted(this::run);
  }

  void start() {
    keptTime = time.nanoTime();
    thread.start();
  }

  /** Has an operation carried out. */
  <R> R submit(Operation<R> operation, Deadline deadline) {
    var request = new Request<>(operation);
    try {
      do {
        if (stopping) {
          throw Problems.closed();
        }
        if (deadline.hasPassed(time)) {
          throw Problems.late();
        }
        var trouble = follower.trouble();
        if (trouble.isPresent()) {
          throw refusal(trouble.get(), operation);
        }
      } while (!queue.offer(request, 20, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Request.interrupted(e);
    }
    if (stopping && !thread.isAlive()) {
      refuseQueued(Problems.closed());
    }
    return request.await(deadline, time);
  }

  /** Called when something has come to its end. */
  void sweepSoon() {
    due.set(true);
  }

  /** How many endings wait to be written. */
  int kept() {
    return kept.size();
  }

  long commits() {
    return commits.get();
  }

  long writes() {
    return writes.get();
  }

  /** How many commits had an outcome that had to be found out. */
  long resolved() {
    return resolved.get();
  }

  private void run() {
    while (!stopping || !queue.isEmpty()) {
      try {
        var batch = nextBatch();
        if (!batch.isEmpty() || hasHousework()) {
          carryOut(batch);
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread on purpose; it ends by being told to stop.
        log.atDebug().log("interrupt ignored");
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("writing failed");
        ledger.drop();
      }
    }
    if (follower.trouble().isEmpty()) {
      keptTime = time.nanoTime() - KEEP_TIME.toNanos();
      carryOut(List.of());
    }
    ledger.drop();
    refuseQueued(Problems.closed());
  }

  private boolean hasHousework() {
    if (follower.trouble().isPresent()) {
      return false;
    }
    clock.look();
    return due.get()
        || kept.size() > 0
        || clock.backwardStep().isPresent()
        || isTimeToKeep()
        || isTimeToTryAgain();
  }

  /** Whoever could not write finds out by himself when he can again. */
  private boolean isTimeToTryAgain() {
    long now = System.nanoTime();
    if (trouble == null || now - lastTry < TRY_AGAIN.toNanos()) {
      return false;
    }
    lastTry = now;
    return true;
  }

  private boolean isTimeToKeep() {
    return time.nanoTime() - keptTime >= KEEP_TIME.toNanos();
  }

  /** Takes what is waiting; waits a little for more if the last batch had company, too. */
  private List<Request<?>> nextBatch() throws InterruptedException {
    var batch = new ArrayList<Request<?>>();
    var next = queue.poll(stopping ? 0 : TICK.toMillis(), TimeUnit.MILLISECONDS);
    long end = System.nanoTime() + config.commitWindow().toNanos();
    while (next != null) {
      batch.add(next);
      if (batch.size() == LARGEST_BATCH) {
        break;
      }
      next = queue.poll();
      if (next == null && batch.size() < lastBatch && lastBatch > 1) {
        next = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }
    if (!batch.isEmpty()) {
      lastBatch = batch.size();
    }
    return batch;
  }

  /** Carries a batch out, as often as it takes to know what became of it. */
  private void carryOut(List<Request<?>> batch) {
    for (int attempt = 1; ; attempt++) {
      boolean wasConnected = ledger.isConnected();
      var outcomes = new ArrayList<Outcome<?>>(batch.size());
      try {
        ledger.connect();
        transact(batch, outcomes);
        worked();
        outcomes.forEach(Outcome::tell);
        return;
      } catch (Ledger.Ambiguous e) {
        log.atWarn().log("connection lost while committing; finding out what happened");
        log.atDebug().setCause(e).log("connection lost");
        switch (resolve(e.batch(), batch)) {
          case HAPPENED -> {
            outcomes.forEach(Outcome::tell);
            return;
          }
          case UNKNOWN -> {
            return;
          }
          case DID_NOT_HAPPEN -> {
            // carried out again
          }
        }
      } catch (SQLException e) {
        boolean lost = Problems.breaksConnection(e);
        boolean busy = "55P03".equals(e.getSQLState());
        giveUp(lost);
        if (attempt == ATTEMPTS || !(busy || (lost && wasConnected))) {
          refuse(batch, problems.of(e));
          return;
        }
      } catch (GatehouseException e) {
        ledger.drop();
        refuse(batch, e);
        return;
      } catch (RuntimeException e) {
        ledger.drop();
        log.atError().setCause(e).log("writing failed");
        batch.forEach(request -> request.fail(e));
        return;
      }
    }
  }

  private void giveUp(boolean lost) {
    if (!lost) {
      try {
        ledger.rollback();
        return;
      } catch (SQLException e) {
        log.atDebug().setCause(e).log("rollback failed");
      }
    }
    ledger.drop();
  }

  private void transact(List<Request<?>> batch, List<Outcome<?>> outcomes)
      throws SQLException, Ledger.Ambiguous {
    due.set(false);
    var endings = kept.list();
    var step = clock.backwardStep().map(AuthorizationOperations.FollowBackwardStep::new);
    var sweep = new AuthorizationOperations.Sweep(SWEEP);
    var wanted = new Wanted();
    sweep.wants(wanted);
    endings.forEach(operation -> operation.wants(wanted));
    step.ifPresent(operation -> operation.wants(wanted));
    for (var request : batch) {
      if (request.isWanted()) {
        request.operation().wants(wanted);
      }
    }
    long position = feed.position();
    var loaded = ledger.begin(wanted, clock.look().common(), position);
    var state = loaded.state();
    if (!state.identity().equals(identity)) {
      ledger.rollback();
      throw Follower.replaced();
    }
    clock.heard(state.databaseClock(), state.clockSteps());
    var rows = new WorkingSet(state.version(), clock.look());
    loaded.fill(rows);
    endings.forEach(operation -> operation.carryOut(rows));
    boolean follows = step.isPresent() && clock.isFirstToFollow(state.clockSteps());
    if (follows) {
      step.get().carryOut(rows);
    }
    for (var request : batch) {
      if (request.isWanted()) {
        carryOut(request, rows).ifPresent(outcomes::add);
      }
    }
    if (sweep.carryOut(rows) == SWEEP) {
      due.set(true);
    }
    write(rows, state, follows);
    kept.removeAll(endings);
    if (step.isPresent()) {
      clock.followed();
    }
    feed.append(position, loaded.foreignAfter(position));
    feed.append(state.version(), rows.changes());
    feed.tell(rows.events());
    writes.addAndGet(outcomes.size());
  }

  private void write(WorkingSet rows, Ledger.State state, boolean follows)
      throws SQLException, Ledger.Ambiguous {
    if (rows.changes().isEmpty() && !follows && !isTimeToKeep()) {
      ledger.rollback();
      return;
    }
    var common = rows.now().common();
    var seen =
        follows ? common : state.seen().filter(before -> before.isAfter(common)).orElse(common);
    ledger.commit(rows, state, seen, state.clockSteps() + (follows ? 1 : 0), config.changeLog());
    keptTime = time.nanoTime();
    commits.incrementAndGet();
  }

  private static <R> Optional<Outcome<R>> carryOut(Request<R> request, WorkingSet rows) {
    try {
      return Optional.of(new Outcome<>(request, request.operation().carryOut(rows)));
    } catch (RuntimeException e) {
      request.fail(e);
      return Optional.empty();
    }
  }

  private enum Fate {
    HAPPENED,
    DID_NOT_HAPPEN,
    UNKNOWN
  }

  /** Finds out what became of a commit; gives up only when nobody waits for it any more. */
  private Fate resolve(long number, List<Request<?>> batch) {
    while (true) {
      try {
        ledger.connect();
        boolean happened = ledger.happened(number);
        resolved.incrementAndGet();
        worked();
        return happened ? Fate.HAPPENED : Fate.DID_NOT_HAPPEN;
      } catch (SQLException e) {
        giveUp(Problems.breaksConnection(e));
        failed(problems.of(e));
      } catch (GatehouseException e) {
        ledger.drop();
        failed(e);
      }
      if (stopping || batch.stream().noneMatch(Request::isAwaited)) {
        for (var request : batch) {
          request.operation().ending().ifPresent(kept::add);
          request.fail(Problems.late());
        }
        return Fate.UNKNOWN;
      }
      trouble().ifPresent(this::refuseQueued);
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        log.atDebug().log("interrupt ignored");
      }
    }
  }

  private void refuse(List<Request<?>> batch, GatehouseException cause) {
    failed(cause);
    batch.forEach(request -> request.fail(refusal(cause, request.operation())));
  }

  private void failed(GatehouseException e) {
    if (trouble == null) {
      log.atWarn().addKeyValue("reason", e.problem()).log("the database cannot be written");
    }
    trouble = e;
  }

  private void worked() {
    if (trouble != null) {
      trouble = null;
      log.atInfo().log("the database is written again");
    }
  }

  /** Why the last attempt to write failed; empty while all is well. */
  Optional<GatehouseException> trouble() {
    return Optional.ofNullable(trouble);
  }

  private GatehouseException refusal(GatehouseException cause, Operation<?> operation) {
    var ending = operation.ending();
    return Problems.whileRunning(
        cause, ending.isPresent() && kept.add(ending.get()) ? KEPT : NOTHING);
  }

  private void refuseQueued(GatehouseException cause) {
    for (var request = queue.poll(); request != null; request = queue.poll()) {
      request.fail(
          cause.code() == StandardErrorCode.STORE_UNAVAILABLE && stopping
              ? cause
              : refusal(cause, request.operation()));
    }
  }

  /** Finishes what is queued and ends the thread. */
  void stop() {
    stopping = true;
    Threads.join(thread);
    refuseQueued(Problems.closed());
  }
}
