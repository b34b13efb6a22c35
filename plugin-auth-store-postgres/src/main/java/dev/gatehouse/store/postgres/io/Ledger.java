package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.postgres.core.LoggedChange;
import dev.gatehouse.store.postgres.core.Wanted;
import dev.gatehouse.store.postgres.core.WorkingSet;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The one connection that writes. Every transaction first locks the row that holds the store's
 * version, and holds it until it has committed: so transactions of all gateways follow one another,
 * versions become visible in their order, and what was read under the lock stays true.
 *
 * <p>For the writer's thread alone.
 */
final class Ledger {

  private static final int FOREIGN = 2000;
  private static final int MANY = 1000;

  /** A slow server manages more than this. */
  private static final int CHANGES_PER_MILLISECOND = 1;

  /** The row that is locked, as seconds and nanoseconds, with the database's clock. */
  static final String STATE =
      "s.version as newest, s.floor, s.identity, s.seen_s, s.seen_n, s.clock_steps,"
          + " (extract(epoch from clock_timestamp()) * 1000000)::bigint as clock";

  /**
   * What the locked row said.
   *
   * @param version the store's version
   * @param floor the version after which every change is known
   * @param identity tells this store from another
   * @param seen the newest time ever agreed on
   * @param clockSteps how often backward steps of all clocks were followed
   * @param databaseClock what the server's clock reads
   */
  record State(
      long version,
      long floor,
      String identity,
      Optional<Instant> seen,
      long clockSteps,
      Instant databaseClock) {

    static State of(ResultSet row) throws SQLException {
      long seen = row.getLong("seen_s");
      boolean unseen = row.wasNull();
      long clock = row.getLong("clock");
      return new State(
          row.getLong("newest"),
          row.getLong("floor"),
          row.getString("identity"),
          unseen
              ? Optional.empty()
              : Optional.of(Instant.ofEpochSecond(seen, row.getInt("seen_n"))),
          row.getLong("clock_steps"),
          Instant.EPOCH.plus(Duration.ofNanos(clock * 1000)));
    }
  }

  /** The rows an open transaction has read. */
  static final class Loaded {
    private @Nullable State state;
    private final List<Versioned<Client>> clients = new ArrayList<>();
    private final List<Versioned<Resource>> resources = new ArrayList<>();
    private final List<Versioned<Authorization>> authorizations = new ArrayList<>();
    private final List<LoggedChange> foreign = new ArrayList<>();

    State state() throws SQLException {
      if (state == null) {
        throw new SQLException("the row with the store's version is missing", "42P01");
      }
      return state;
    }

    /** Changes that others made after the version asked for, if they are still known. */
    List<LoggedChange> foreignAfter(long version) {
      return !foreign.isEmpty() && foreign.getFirst().version() == version + 1
          ? foreign
          : List.of();
    }

    void fill(WorkingSet rows) {
      clients.forEach(rows::loadClient);
      resources.forEach(rows::loadResource);
      authorizations.forEach(rows::loadAuthorization);
    }
  }

  /** The connection was lost while it committed: the outcome is not known yet. */
  static final class Ambiguous extends Exception {
    private static final long serialVersionUID = 1L;
    private final long batch;

    Ambiguous(long batch, SQLException cause) {
      super(cause);
      this.batch = batch;
    }

    long batch() {
      return batch;
    }
  }

  private final Connector connector;
  private final String channel;
  private final String id = UUID.randomUUID().toString();
  private @Nullable Connection connection;
  private long batch;

  Ledger(Connector connector, String channel) {
    this.connector = connector;
    this.channel = channel;
  }

  /** Whether there is a connection, as far as known. */
  boolean isConnected() {
    return connection != null;
  }

  /** Makes sure there is a connection. */
  void connect() throws SQLException {
    if (connection == null) {
      var opened = connector.open(Connector.Use.WRITING);
      opened.setAutoCommit(false);
      connection = opened;
    }
  }

  void drop() {
    if (connection != null) {
      Connector.drop(connection);
      connection = null;
    }
  }

  private Connection connected() throws SQLException {
    if (connection == null) {
      throw new SQLException("there is no connection", "08003");
    }
    return connection;
  }

  /**
   * Begins a transaction, locks, and reads.
   *
   * @param wanted the rows to read
   * @param dueAt what ends by then is due
   * @param position changes of others after this version are read, too
   */
  Loaded begin(Wanted wanted, Instant dueAt, long position) throws SQLException {
    var loaded = new Loaded();
    var queries = new ArrayList<Query>();
    queries.add(
        new Query(
            "select " + STATE + " from state s for update",
            (c, s, first) -> first,
            row -> loaded.state = State.of(row)));
    queries.add(
        new Query(
            "select "
                + Rows.CHANGE
                + " from changes where version > ? order by version limit "
                + FOREIGN,
            (c, s, first) -> {
              s.setLong(first, position);
              return first + 1;
            },
            row -> loaded.foreign.add(Rows.change(row))));
    Query.addClients(queries, wanted, loaded.clients);
    Query.addResources(queries, wanted, loaded.resources);
    Query.addAuthorizations(queries, wanted, dueAt, loaded.authorizations);
    run(queries);
    giveTimeFor(loaded.authorizations.size());
    return loaded;
  }

  /** Asks the server for more patience while many rows are being worked on. */
  private void giveTimeFor(int rows) throws SQLException {
    if (rows > MANY) {
      long millis = 1000 + connector.timeout().toMillis() + rows / CHANGES_PER_MILLISECOND;
      try (var statement = connected().createStatement()) {
        statement.execute("set local idle_in_transaction_session_timeout = " + millis);
      }
    }
  }

  /** Sends all queries at once and reads their answers. */
  private void run(List<Query> queries) throws SQLException {
    var connected = connected();
    var sql = String.join(";\n", queries.stream().map(Query::sql).toList());
    try (var statement = connected.prepareStatement(sql)) {
      int next = 1;
      for (var query : queries) {
        next = query.binding().bind(connected, statement, next);
      }
      statement.execute();
      for (var query : queries) {
        try (var rows = statement.getResultSet()) {
          while (rows.next()) {
            query.row().take(rows);
          }
        }
        statement.getMoreResults();
      }
    }
  }

  /** Ends the transaction without having changed anything. */
  void rollback() throws SQLException {
    connected().rollback();
  }

  /**
   * Writes what changed and commits.
   *
   * @param rows what changed
   * @param state what the locked row said
   * @param seen the newest time agreed on
   * @param clockSteps how often backward steps were followed
   * @param changeLog how many changes to remember
   * @throws SQLException if nothing was written
   * @throws Ambiguous if that is not known
   */
  void commit(WorkingSet rows, State state, Instant seen, long clockSteps, int changeLog)
      throws SQLException, Ambiguous {
    var connected = connected();
    batch++;
    boolean trims = rows.version() - state.floor() > changeLog + Math.min(1000L, changeLog / 10);
    long newFloor = trims ? rows.version() - changeLog : state.floor();
    var sql = new ArrayList<String>();
    var bindings = new ArrayList<Binding>();
    new Writing(sql, bindings).of(rows);
    if (trims) {
      sql.add("delete from changes where version <= ?");
      bindings.add((c, s, first) -> {
        s.setLong(first, newFloor);
        return first + 1;
      });
    }
    sql.add("update state set version = ?, floor = ?, seen_s = ?, seen_n = ?, clock_steps = ?");
    bindings.add((c, s, first) -> {
      s.setLong(first, rows.version());
      s.setLong(first + 1, newFloor);
      s.setLong(first + 2, seen.getEpochSecond());
      s.setInt(first + 3, seen.getNano());
      s.setLong(first + 4, clockSteps);
      return first + 5;
    });
    sql.add(
        "insert into writers (id, last_batch, at) values (?, ?, now())"
            + " on conflict (id) do update set last_batch = excluded.last_batch, at = now()");
    bindings.add((c, s, first) -> {
      s.setString(first, id);
      s.setLong(first + 1, batch);
      return first + 2;
    });
    if (!rows.changes().isEmpty()) {
      sql.add("select pg_notify(?, ?)");
      bindings.add((c, s, first) -> {
        s.setString(first, channel);
        s.setString(first + 1, String.valueOf(rows.version()));
        return first + 2;
      });
    }
    waitFor(rows.changes().size());
    try (var statement = connected.prepareStatement(String.join(";\n", sql))) {
      int next = 1;
      for (var binding : bindings) {
        next = binding.bind(connected, statement, next);
      }
      statement.execute();
    }
    try {
      connected.commit();
      waitFor(0);
    } catch (SQLException e) {
      if (Problems.breaksConnection(e)) {
        drop();
        throw new Ambiguous(batch, e);
      }
      throw e;
    }
  }

  /** Waits longer for an answer about many changes than about a few. */
  private void waitFor(int changes) throws SQLException {
    long millis = connector.timeout().toMillis() + changes / CHANGES_PER_MILLISECOND;
    connected().setNetworkTimeout(Runnable::run, (int) Math.min(millis, Integer.MAX_VALUE));
  }

  /**
   * Whether a batch whose commit was interrupted has become durable. To be asked on a new
   * connection. Getting the lock means that the transaction, which held it, has ended.
   */
  boolean happened(long which) throws SQLException {
    var connected = connected();
    try (var statement =
        connected.prepareStatement(
            "select from state for update; select last_batch from writers where id = ?")) {
      statement.setString(1, id);
      statement.execute();
      statement.getMoreResults();
      try (var row = statement.getResultSet()) {
        boolean found = row.next() && row.getLong(1) == which;
        connected.rollback();
        return found;
      }
    }
  }

  /** Forgets gateways that have not written for long. */
  void forgetOldWriters() throws SQLException {
    try (var statement = connected().createStatement()) {
      statement.execute("delete from writers where at < now() - interval '30 days'");
    }
    connected().commit();
  }
}
