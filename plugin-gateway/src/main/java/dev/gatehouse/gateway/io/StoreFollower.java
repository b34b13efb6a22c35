package dev.gatehouse.gateway.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.DomainPattern;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.WallClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the store and publishes policy tables. A notification only says that it is worth looking;
 * what changed is always read from the store, from the version known. So nothing depends on a
 * notification arriving, and nothing on its content.
 */
final class StoreFollower {

  private static final Logger log = LoggerFactory.getLogger(StoreFollower.class);
  private static final int CHANGES_AT_ONCE = 1_000;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final AuthorizationStore store;
  private final TimeSource time;
  private final Executor control;
  private final PolicyModel model;
  private final PeerSync peers;
  private volatile Duration wait;
  private volatile long refreshNanos;
  private volatile long budgetNanos;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final AtomicBoolean expiryAsked = new AtomicBoolean();

  private AuthorizationStore.@Nullable Watch watch;
  private boolean stopped;
  private long peersRevision;

  private volatile List<DomainPattern> patterns = List.of();
  private volatile PolicyTable table;
  private volatile PolicyModel.Counts counts = new PolicyModel.Counts(0, 0, 0, 0);
  private volatile boolean everHeard;
  private volatile long heardNanos;
  private volatile @Nullable String trouble;

  StoreFollower(
      PolicyConfig config,
      AuthorizationStore store,
      TimeSource time,
      Executor control,
      PolicyModel model,
      PeerSync peers) {
    this.store = store;
    this.time = time;
    this.control = control;
    this.model = model;
    this.peers = peers;
    this.table = model.compile();
    this.refreshNanos = config.refresh().toNanos();
    this.budgetNanos = config.partitionBudget().toNanos();
    this.wait = wait(config);
    this.heardNanos = time.nanoTime();
  }

  private static Duration wait(PolicyConfig config) {
    return config.refresh().compareTo(LONGEST_WAIT) < 0 ? config.refresh() : LONGEST_WAIT;
  }

  /** Goes by another configuration from now on. Control thread only. */
  void reconfigure(PolicyConfig config) {
    refreshNanos = config.refresh().toNanos();
    budgetNanos = config.partitionBudget().toNanos();
    wait = wait(config);
    model.icmpErrorsPerSecond(config.icmpErrorsPerSecond(), time.nanoTime());
    if (model.isStale()) {
      publishTable();
    }
  }

  /** What is known now. Any thread. */
  PolicyTable table() {
    return table;
  }

  /** How much is known now. Any thread. */
  PolicyModel.Counts counts() {
    return counts;
  }

  /** Whether the store has been silent for longer than the partition budget. Any thread. */
  boolean isPartitioned(long nowNanos) {
    return nowNanos - heardNanos > budgetNanos;
  }

  /** Whether the store believes the wall clock. Any thread; cheap. */
  boolean knowsTime() {
    return store.knowsTime();
  }

  /** The wall clock as {@link WallClock} counts, for all but packets. Any thread. */
  long wallNanos() {
    return store.knowsTime() ? WallClock.nanosOf(time.now()) : WallClock.UNKNOWN;
  }

  /** Looks at the store soon, on the control thread. Any thread. */
  void ask() {
    once(asked, this::follow);
  }

  /** Looks for what has expired soon, on the control thread. Any thread. */
  void askExpiry() {
    once(expiryAsked, this::expire);
  }

  /** Queues a task that is not queued yet, so that a control thread held up piles up nothing. */
  private void once(AtomicBoolean queued, Runnable task) {
    if (queued.compareAndSet(false, true)) {
      try {
        control.execute(() -> {
          queued.set(false);
          task.run();
        });
      } catch (RejectedExecutionException _) {
        // The stage has stopped; there is nothing left to keep up to date.
      }
    }
  }

  /** Brings the policies up to date with store and time. Control thread only. */
  void follow() {
    if (stopped) {
      return;
    }
    try {
      read();
      recovered();
      watchFromNowOn();
    } catch (RuntimeException e) {
      failed(e);
    }
    try {
      publish();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("policies could not be applied");
    }
  }

  private void expire() {
    if (!stopped && expireByTheClock() > 0) {
      publishTable();
    }
  }

  /**
   * Takes note of what has expired, for good. By a clock that is not known to be right nothing is
   * noted: what ends does not count meanwhile, but may count again.
   */
  private int expireByTheClock() {
    return store.knowsTime() ? model.expire(time.now()) : 0;
  }

  /** Ends the watch. Control thread only. */
  void stop() {
    stopped = true;
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  private void read() {
    long before = time.nanoTime();
    if (model.version() < 0) {
      reset();
    } else {
      catchUp();
    }
    heardNanos = before;
    everHeard = true;
  }

  private void catchUp() {
    long newest = store.version(deadline());
    if (newest < model.version()) {
      reset();
      return;
    }
    while (model.version() < newest) {
      var changes = store.changes(model.version(), CHANGES_AT_ONCE, deadline());
      if (!apply(changes)) {
        reset();
        return;
      }
    }
  }

  /** False if the changes do not lead on from what is known. */
  private boolean apply(List<StoreChange> changes) {
    if (changes.isEmpty()) {
      return false;
    }
    // Changes of one version belong together, and a full list may have cut the last group.
    boolean cut = changes.size() >= CHANGES_AT_ONCE;
    long last = changes.getLast().version();
    if (cut && changes.getFirst().version() == last) {
      return false;
    }
    long now = time.nanoTime();
    for (var change : changes) {
      if (change instanceof StoreChange.Gap) {
        return false;
      }
      if (cut && change.version() == last) {
        break;
      }
      model.apply(change, now);
    }
    return true;
  }

  private void reset() {
    model.reset(store.snapshot(deadline()), time.nanoTime());
  }

  private void watchFromNowOn() {
    if (watch == null) {
      watch = store.watch(model.version(), _ -> ask());
    }
  }

  private void publish() throws InterruptedException {
    expireByTheClock();
    // Refusals first: the table takes access away before the tunnel hears of peers.
    if (model.isStale() || model.version() != table.version()) {
      publishTable();
    }
    if (model.version() >= 0 && (model.clientsRevision() != peersRevision || peers.failed() > 0)) {
      peers.sync(model.clients());
      peersRevision = model.clientsRevision();
    }
  }

  /** Whether some resource covers a name, whoever is authorized for it. Any thread. */
  boolean isNameOfAResource(String name) {
    return !name.isEmpty() && patterns.stream().anyMatch(pattern -> pattern.matches(name));
  }

  private void publishTable() {
    patterns = model.patterns();
    table = model.compile();
    counts = model.counts(time.now());
    log.atDebug()
        .addKeyValue("version", table.version())
        .addKeyValue("clients", counts.clients())
        .addKeyValue("authorizations", counts.activeAuthorizations())
        .log("policies compiled");
  }

  private Deadline deadline() {
    return Deadline.after(wait, time);
  }

  private void recovered() {
    if (trouble != null) {
      trouble = null;
      log.atInfo().addKeyValue("version", model.version()).log("the store answers again");
    }
  }

  private void failed(RuntimeException e) {
    boolean first = trouble == null;
    trouble = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    if (first) {
      log.atWarn()
          .addKeyValue("reason", trouble)
          .log("the store does not answer; nothing new is granted until it does");
    }
  }

  /** Whether the policies are up to date, and if not, what that means. Any thread. */
  Health health() {
    long now = time.nanoTime();
    var reason = trouble;
    if (!everHeard) {
      return Health.failing(
          "The authorization store has not answered yet, so all access is refused"
              + (reason == null ? "." : ": " + reason));
    }
    long silent = now - heardNanos;
    if (silent > budgetNanos) {
      return Health.failing(
          "The authorization store has not answered for "
              + readable(silent)
              + ", longer than the partition budget, so all access is refused.");
    }
    if (reason != null || silent > refreshNanos + 2 * wait.toNanos()) {
      return Health.failing(
          "The authorization store has not answered for "
              + readable(silent)
              + "; existing authorizations hold for "
              + readable(budgetNanos - silent)
              + " more at most"
              + (reason == null ? "." : ": " + reason));
    }
    if (peers.failed() > 0) {
      return Health.failing(
          "The tunnel did not accept changes of " + peers.failed() + " peers; they are repeated.");
    }
    return Health.ok();
  }

  private static String readable(long nanos) {
    var span = Duration.ofNanos(nanos);
    return span.toHours() > 0
        ? span.toHours() + " h " + span.toMinutesPart() + " min"
        : span.toMinutes() > 0
            ? span.toMinutes() + " min " + span.toSecondsPart() + " s"
            : span.toSeconds() + " s";
  }
}
