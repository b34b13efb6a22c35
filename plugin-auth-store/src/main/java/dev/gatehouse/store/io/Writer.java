package dev.gatehouse.store.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.store.core.AuthorizationOperations;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Edits;
import dev.gatehouse.store.core.Footprint;
import dev.gatehouse.store.core.Held;
import dev.gatehouse.store.core.Moment;
import dev.gatehouse.store.core.Operation;
import dev.gatehouse.store.core.Plan;
import dev.gatehouse.store.core.Tables;
import dev.gatehouse.store.core.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes the store. Writes that arrive together share a transaction; each is
 * planned against the tables, made durable, applied, told, and only then answered.
 *
 * <p>When a transaction fails, what it would have ended still ends, in memory and at once; it is
 * written ahead of everything else as soon as that is possible again. What it would have granted is
 * refused.
 */
final class Writer {

  private static final Logger log = LoggerFactory.getLogger(Writer.class);

  private static final int QUEUE = 16_384;
  private static final int LARGEST_BATCH = 1024;
  private static final int SWEEP = 500;
  private static final int LARGEST_SWEEP = 2000;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration KEEP_TIME = Duration.ofMinutes(5);

  private record Planned<R>(Request<R> request, Plan<R> plan) {
    void succeed() {
      request.succeed(plan.result());
    }
  }

  /** Something else that must happen on the writer's thread. */
  private record Errand<R>(Supplier<R> work) implements Operation<R> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.all();
    }

    @Override
    public Plan<R> plan(Tables tables, Moment now, Edits edits) {
      return Plan.nothing(work.get());
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  private final Journal journal;
  private final TimeSource time;
  private final Announcer announcer;
  private final Duration window;
  private final BlockingQueue<Request<?>> queue = new ArrayBlockingQueue<>(QUEUE);
  private final CompletableFuture<Model> opened = new CompletableFuture<>();
  private final Thread thread;
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final List<Edit> unwritten = new ArrayList<>();

  private volatile boolean stopping;
  private volatile @Nullable GatehouseException failure;
  private volatile int unwrittenCount;
  private volatile boolean clockBehind;
  private volatile boolean clockHeld;
  private volatile Timeline.Saved savedTimeline = new Timeline.Saved(Instant.EPOCH, Duration.ZERO);
  private @Nullable Request<?> carriedOver;
  private boolean moreDue;
  private int lastBatch;
  private int portion = SWEEP; // grows while nobody waits
  private long lastVersion;

  Writer(Journal journal, TimeSource time, Announcer announcer, Duration window) {
    this.journal = journal;
    this.time = time;
    this.announcer = announcer;
    this.window = window;
    this.thread = Thread.ofPlatform().daemon().name("store-writer").unstarted(this::run);
  }

  /** Opens the journal and begins to work. */
  Model start() throws InterruptedException {
    thread.start();
    try {
      return opened.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof GatehouseException known
          ? known
          : new GatehouseException(
              StandardErrorCode.INTERNAL,
              "The store could not be opened.",
              "Look into the log, and report this as a bug.",
              e);
    }
  }

  /** Has an operation carried out. */
  <R> R submit(Operation<R> operation, Deadline deadline) {
    var request = new Request<>(operation);
    try {
      do {
        if (stopping) {
          throw closed();
        }
        if (deadline.hasPassed(time)) {
          throw Request.late();
        }
      } while (!queue.offer(request, 20, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatehouseException(
          StandardErrorCode.STORE_DEADLINE,
          "The caller was interrupted while it waited for the store.",
          "The write did not happen; try again.",
          e);
    }
    return request.await(deadline, time, thread::isAlive);
  }

  /** Has work done on the writer's thread, between two transactions. */
  <R> R run(Supplier<R> work, Deadline deadline) {
    return submit(new Errand<>(work), deadline);
  }

  static GatehouseException closed() {
    return new GatehouseException(
        StandardErrorCode.STORE_UNAVAILABLE,
        "The authorization store is not open.",
        "Wait until the gateway has started, or start it again.");
  }

  /** Finishes what is queued, writes what is still unwritten, and ends the thread. */
  void stop() {
    stopping = true;
    boolean woken = queue.offer(new Request<>(new Errand<>(() -> true)));
    log.atTrace().addKeyValue("woken", woken).log("store is stopping");
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    refuseQueued();
  }

  /** Why the last attempt to write failed; empty while all is well. */
  Optional<GatehouseException> failure() {
    return Optional.ofNullable(failure);
  }

  /** How many changes are in force but not durable. */
  int unwritten() {
    return unwrittenCount;
  }

  /** How many transactions were made durable. */
  long commits() {
    return commits.get();
  }

  /** How many operations changed something. */
  long writes() {
    return writes.get();
  }

  /** Whether the wall clock is known to be wrong. */
  boolean clockBehind() {
    return clockBehind;
  }

  /** Whether a forward step of the wall clock waits to be believed. */
  boolean clockHeld() {
    return clockHeld;
  }

  /** The newest reading of the store's own time. */
  Timeline.Saved timeline() {
    return savedTimeline;
  }

  private void run() {
    Model model;
    Timeline timeline;
    try {
      var loaded = journal.open();
      model = new Model(loaded.tables(), loaded.log());
      timeline = new Timeline(loaded.timeline(), time.now(), time.nanoTime());
      lastVersion = loaded.lastVersion();
    } catch (RuntimeException | Error e) {
      journal.close(false);
      opened.completeExceptionally(e);
      return;
    }
    try {
      look(model, timeline);
      opened.complete(model);
      work(model, timeline);
    } finally {
      look(model, timeline);
      boolean complete = flush(model, timeline);
      model.close();
      journal.close(complete);
      refuseQueued();
    }
  }

  private void work(Model model, Timeline timeline) {
    long nextTick = time.nanoTime();
    var kept = timeline.saved().timeline();
    while (!stopping || carriedOver != null || !queue.isEmpty()) {
      try {
        var batch = nextBatch(model.tables());
        if (!batch.isEmpty()) {
          carryOut(batch, model, timeline);
        }
        if (batch.isEmpty() || moreDue || time.nanoTime() - nextTick >= 0) {
          nextTick = time.nanoTime() + TICK.toNanos();
          kept = tick(model, timeline, kept);
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread on purpose; it ends by being told to stop.
        log.atDebug().log("interrupt ignored");
      }
    }
  }

  /** Once a second: ends what has expired and tries again what could not be written. */
  private Instant tick(Model model, Timeline timeline, Instant kept) {
    var now = look(model, timeline);
    if (!model.tables().dueAt(now, 1).isEmpty()) {
      var sweep = new AuthorizationOperations.Sweep(portion);
      carryOut(List.of(new Request<>(sweep)), model, timeline);
      portion = queue.isEmpty() ? Math.min(2 * portion, LARGEST_SWEEP) : SWEEP;
      moreDue = !model.tables().dueAt(now, 1).isEmpty();
    } else if (!unwritten.isEmpty() || failure != null) {
      flush(model, timeline);
    } else if (Duration.between(kept, now.timeline()).compareTo(KEEP_TIME) >= 0) {
      flush(model, timeline);
      return now.timeline();
    }
    return kept;
  }

  private Moment look(Model model, Timeline timeline) {
    var moment = timeline.look(time.now(), time.nanoTime());
    if (clockBehind != timeline.isBehind()) {
      clockBehind = timeline.isBehind();
      if (clockBehind) {
        log.atWarn().addKeyValue("clock", moment.wall()).log("clock is behind the stored time");
      } else {
        log.atInfo().addKeyValue("clock", moment.wall()).log("clock is right again");
      }
    }
    clockHeld = timeline.isHolding();
    savedTimeline = timeline.saved();
    timeline
        .takeBelievedStep()
        .ifPresent(step -> {
          var follow = new AuthorizationOperations.FollowBelievedStep(step);
          carryOut(List.of(new Request<>(follow)), model, timeline);
        });
    return moment;
  }

  private boolean flush(Model model, Timeline timeline) {
    try {
      commit(unwritten, model, timeline);
      return true;
    } catch (GatehouseException e) {
      failed(e);
      return false;
    }
  }

  /** Takes what is waiting; waits a little for more if the last batch had company, too. */
  private List<Request<?>> nextBatch(Tables tables) throws InterruptedException {
    var batch = new ArrayList<Request<?>>();
    var union = new Footprint.Union();
    var next = carriedOver;
    carriedOver = null;
    if (next == null) {
      next = queue.poll(stopping || moreDue ? 0 : TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
    long end = System.nanoTime() + window.toNanos();
    while (next != null) {
      if (!union.add(next.operation().footprint(tables))) {
        carriedOver = next;
        break;
      }
      batch.add(next);
      if (batch.size() == LARGEST_BATCH) {
        break;
      }
      next = queue.poll();
      if (next == null && batch.size() < lastBatch && lastBatch > 1) {
        next = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }
    lastBatch = batch.size();
    return batch;
  }

  private void carryOut(List<Request<?>> batch, Model model, Timeline timeline) {
    var now = look(model, timeline);
    var planned = new ArrayList<Planned<?>>(batch.size());
    for (var request : batch) {
      if (request.begin()) {
        plan(request, model.tables(), now).ifPresent(planned::add);
      }
    }
    var edits = new ArrayList<>(unwritten);
    planned.forEach(p -> edits.addAll(p.plan().edits()));
    try {
      if (!edits.isEmpty()) {
        commit(edits, model, timeline);
      }
    } catch (GatehouseException e) {
      failed(e);
      endWithoutDurability(planned, model, now, e);
      return;
    }
    for (var p : planned) {
      publish(p.plan(), p.plan().edits(), model, now);
    }
    planned.forEach(Planned::succeed);
  }

  private <R> Optional<Planned<R>> plan(Request<R> request, Tables tables, Moment now) {
    try {
      var edits = new Edits(lastVersion);
      var plan = request.operation().plan(tables, now, edits);
      lastVersion = edits.lastVersion();
      return Optional.of(new Planned<>(request, plan));
    } catch (RuntimeException e) {
      request.fail(e);
      return Optional.empty();
    }
  }

  private void publish(Plan<?> plan, List<Edit> edits, Model model, Moment now) {
    if (!edits.isEmpty()) {
      writes.incrementAndGet();
      var events = announcer.eventsOf(edits, model.tables(), now.wall());
      model.apply(edits);
      announcer.publish(events);
    }
    plan.event().ifPresent(event -> announcer.publish(List.of(event)));
  }

  /** The disk refuses: what ends, ends in memory; the rest is refused. */
  private void endWithoutDurability(
      List<Planned<?>> planned, Model model, Moment now, GatehouseException cause) {
    for (var p : planned) {
      var narrowing =
          p.plan().edits().stream().filter(edit -> narrows(edit, model.tables())).toList();
      if (!narrowing.isEmpty()) {
        unwritten.addAll(narrowing);
        unwrittenCount = unwritten.size(); // before the caller is answered, who may ask for it
        publish(Plan.nothing(false), narrowing, model, now);
      }
      if (p.plan().edits().isEmpty() && !p.request().operation().onlyEnds()) {
        p.succeed();
      } else {
        p.request().fail(refusal(cause, p, narrowing));
      }
    }
  }

  private static boolean narrows(Edit edit, Tables tables) {
    return switch (edit.change()) {
      case StoreChange.ClientRemoved removed -> true;
      case StoreChange.ResourceRemoved removed -> true;
      case StoreChange.AuthorizationRemoved removed -> true;
      case StoreChange.AuthorizationPut put ->
          endsSooner(put, tables.authorization(put.authorization().key()));
      default -> false;
    };
  }

  private static boolean endsSooner(StoreChange.AuthorizationPut put, @Nullable Held before) {
    var expiry = put.authorization().expiresAt();
    if (before == null || expiry.isEmpty()) {
      return false;
    }
    var previous = before.stored().value().expiresAt();
    return previous.isEmpty() || expiry.get().isBefore(previous.get());
  }

  private static GatehouseException refusal(
      GatehouseException cause, Planned<?> planned, List<Edit> narrowing) {
    var ended =
        narrowing.isEmpty() && !planned.request().operation().onlyEnds()
            ? "Nothing was changed."
            : "What was to end has ended for now, and it is written down as soon as the store"
                + " works again; until then a restart could bring it back.";
    return new GatehouseException(
        StandardErrorCode.STORE_UNAVAILABLE, cause.problem() + " " + ended, cause.fix(), cause);
  }

  private void commit(List<Edit> edits, Model model, Timeline timeline) {
    try {
      journal.commit(edits, timeline.saved(), model.log(), model.tables());
    } catch (GatehouseException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The store failed unexpectedly while it wrote.",
          "Look into the log, and report this as a bug.",
          e);
    }
    commits.incrementAndGet();
    recovered();
  }

  private void recovered() {
    unwritten.clear();
    unwrittenCount = 0;
    if (failure != null) {
      failure = null;
      log.atInfo().log("store writes again");
    }
  }

  private void failed(GatehouseException e) {
    if (failure == null) {
      log.atError().addKeyValue("code", e.code().id()).setCause(e).log("store cannot write");
    }
    failure = e;
  }

  private void refuseQueued() {
    for (var request = queue.poll(); request != null; request = queue.poll()) {
      request.fail(closed());
    }
  }
}
