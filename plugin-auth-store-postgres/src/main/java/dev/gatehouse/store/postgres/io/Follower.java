package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.store.postgres.core.LoggedChange;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what other gateways change. It looks at the store's version at a fixed pace, which is the
 * truth; a notification only makes it look sooner. Whether it succeeds is what the store's health
 * says.
 */
final class Follower {

  private static final Logger log = LoggerFactory.getLogger(Follower.class);
  private static final int PORTION = 2000;
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  private final PostgresStoreConfig config;
  private final Connector connector;
  private final Feed feed;
  private final Clock clock;
  private final String channel;
  private final String identity;
  private final Runnable whenDue;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stopped = lock.newCondition();
  private final AtomicLong polls = new AtomicLong();
  private final AtomicLong reconnects = new AtomicLong();
  private volatile boolean stopping;
  private boolean works;
  private volatile @Nullable Connection connection;
  private volatile @Nullable GatehouseException trouble;

  /**
   * A follower that does not run yet.
   *
   * @param identity which store this is
   * @param whenDue called when something has come to its end
   */
  Follower(
      PostgresStoreConfig config,
      Connector connector,
      Feed feed,
      Clock clock,
      String channel,
      String identity,
      Runnable whenDue) {
    this.config = config;
    this.connector = connector;
    this.feed = feed;
    this.clock = clock;
    this.channel = channel;
    this.identity = identity;
    this.whenDue = whenDue;
    this.thread = Thread.ofPlatform().daemon().name("store-postgres-follower").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Why the database cannot be followed at the moment; empty while all is well. */
  Optional<GatehouseException> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** How often it looked. */
  long polls() {
    return polls.get();
  }

  /** How often it had to connect again. */
  long reconnects() {
    return reconnects.get();
  }

  private void run() {
    while (!stopping) {
      try {
        var current = connected();
        long began = System.nanoTime();
        poll(current);
        recovered();
        pause(current, began);
      } catch (SQLException e) {
        dropConnection();
        if (!isWorthAnotherTry(e)) {
          failed(connector.problems().of(e));
          pauseAfterFailure();
        }
      } catch (GatehouseException e) {
        dropConnection();
        failed(e);
        pauseAfterFailure();
      } catch (RuntimeException e) {
        dropConnection();
        log.atError().setCause(e).log("following the database failed");
        failed(
            Problems.unavailable(
                "Following the database failed unexpectedly.",
                "Look into the log, and report this as a bug.",
                e));
        pauseAfterFailure();
      }
    }
    dropConnection();
  }

  /** A connection that was lost after it had worked may only mean that the server was restarted. */
  private boolean isWorthAnotherTry(SQLException e) {
    boolean worked = works;
    works = false;
    return worked
        && Problems.breaksConnection(e)
        && Problems.cause(e, SocketTimeoutException.class) == null;
  }

  private Connection connected() throws SQLException {
    var current = connection;
    if (current == null) {
      current = connector.open(Connector.Use.READING);
      connection = current;
      reconnects.incrementAndGet();
      if (config.notifications()) {
        try (var statement = current.createStatement()) {
          statement.execute("listen \"" + channel + "\"");
        }
      }
    }
    return current;
  }

  private void poll(Connection current) throws SQLException {
    var now = clock.look().common();
    try (var statement =
        current.prepareStatement(
            "select "
                + Ledger.STATE
                + ", exists (select from authorizations where expires_s is not null"
                + " and (expires_s, expires_n) <= (?, ?)) as due from state s")) {
      statement.setLong(1, now.getEpochSecond());
      statement.setInt(2, now.getNano());
      try (var row = statement.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("the row with the store's version is missing", "42P01");
        }
        var state = Ledger.State.of(row);
        if (!state.identity().equals(identity)) {
          throw replaced();
        }
        clock.heard(state.databaseClock(), state.clockSteps());
        catchUp(current, state);
        if (row.getBoolean("due")) {
          whenDue.run();
        }
      }
    }
    polls.incrementAndGet();
  }

  static GatehouseException replaced() {
    return Problems.unavailable(
        "The database holds another store than at the start of this gateway.",
        "Restart the gateway if that is on purpose; otherwise name the right database.",
        null);
  }

  private void catchUp(Connection current, Ledger.State state) throws SQLException {
    if (state.version() < feed.position()) {
      // Read before a commit of our own, or the database was set back to an earlier state.
      if (state.version() < lowestPossible(current)) {
        log.atWarn().addKeyValue("version", state.version()).log("the database was set back");
        feed.reset(state.version());
      }
      return;
    }
    while (feed.position() < state.version() && !stopping) {
      long position = feed.position();
      var changes = read(current, position);
      if (changes.isEmpty() || changes.getFirst().version() != position + 1) {
        if (feed.position() == position) {
          feed.reset(state.version());
        }
        return;
      }
      feed.append(position, changes);
    }
  }

  /** What was heard before the database is asked once more. */
  private long lowestPossible(Connection current) throws SQLException {
    long heard = feed.position();
    try (var statement = current.createStatement();
        var row = statement.executeQuery("select version from state")) {
      return row.next() && row.getLong(1) >= heard ? 0 : heard;
    }
  }

  private static List<LoggedChange> read(Connection current, long after) throws SQLException {
    var changes = new ArrayList<LoggedChange>();
    try (var statement =
        current.prepareStatement(
            "select "
                + Rows.CHANGE
                + " from changes where version > ? order by version limit "
                + PORTION)) {
      statement.setLong(1, after);
      try (var rows = statement.executeQuery()) {
        while (rows.next()) {
          changes.add(Rows.change(rows));
        }
      }
    }
    return changes;
  }

  /** Until the next look is due, or a notification tells of something not heard of yet. */
  private void pause(Connection current, long began) throws SQLException {
    while (!stopping) {
      long left = config.poll().toMillis() - (System.nanoTime() - began) / 1_000_000;
      if (left <= 0) {
        return;
      }
      if (!config.notifications()) {
        await(Duration.ofMillis(left));
        return;
      }
      var notifications = current.unwrap(PGConnection.class).getNotifications((int) left);
      if (notifications != null) {
        for (var notification : notifications) {
          if (isNews(notification.getParameter())) {
            return;
          }
        }
      }
    }
  }

  private boolean isNews(String payload) {
    try {
      return Long.parseLong(payload) > feed.position();
    } catch (NumberFormatException e) {
      return true;
    }
  }

  private void pauseAfterFailure() {
    await(config.poll().compareTo(LONGEST_PAUSE) < 0 ? config.poll() : LONGEST_PAUSE);
  }

  private void await(Duration pause) {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!stopping && left > 0) {
        left = stopped.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread on purpose; it ends by being told to stop.
      log.atDebug().log("interrupt ignored");
    } finally {
      lock.unlock();
    }
  }

  private void failed(GatehouseException e) {
    if (!stopping) {
      if (trouble == null) {
        log.atWarn().addKeyValue("reason", e.problem()).log("the database does not answer");
      }
      trouble = e;
    }
  }

  private void recovered() {
    works = true;
    if (trouble != null) {
      trouble = null;
      log.atInfo().addKeyValue("version", feed.position()).log("the database answers again");
    }
  }

  private void dropConnection() {
    var current = connection;
    connection = null;
    if (current != null) {
      Connector.drop(current);
    }
  }

  void stop() {
    lock.lock();
    try {
      stopping = true;
      stopped.signalAll();
    } finally {
      lock.unlock();
    }
    dropConnection();
    Threads.join(thread);
  }
}
