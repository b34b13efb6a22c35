package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.postgres.core.LoggedChange;
import dev.gatehouse.store.postgres.core.Wanted;
import dev.gatehouse.store.postgres.core.WorkingSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
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

  private interface Row {
    void take(ResultSet row) throws SQLException;
  }

  private interface Binding {
    int bind(Connection connection, PreparedStatement statement, int first) throws SQLException;
  }

  private record Query(String sql, Binding binding, Row row) {}

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
    addClients(queries, wanted, loaded);
    addResources(queries, wanted, loaded);
    addAuthorizations(queries, wanted, dueAt, loaded);
    run(queries);
    return loaded;
  }

  private static void addClients(List<Query> queries, Wanted wanted, Loaded loaded) {
    Row row = found -> loaded.clients.add(Rows.client(found));
    var select = "select " + Rows.CLIENT + " from clients where ";
    if (!wanted.clients().isEmpty()) {
      var ids = wanted.clients().stream().map(ClientId::value).toArray(String[]::new);
      queries.add(new Query(select + "id = any(?)", array("text", ids), row));
    }
    if (!wanted.publicKeys().isEmpty()) {
      var keys = wanted.publicKeys().stream().map(PublicKey::bytes).toArray(byte[][]::new);
      queries.add(new Query(select + "public_key = any(?)", array("bytea", keys), row));
    }
    if (!wanted.addresses().isEmpty()) {
      var texts = wanted.addresses().stream().map(IpAddress::toString).toArray(String[]::new);
      queries.add(new Query(select + "v4 = any(?)", array("text", texts), row));
      queries.add(new Query(select + "v6 = any(?)", array("text", texts), row));
    }
  }

  private static void addResources(List<Query> queries, Wanted wanted, Loaded loaded) {
    if (!wanted.resources().isEmpty()) {
      var ids = wanted.resources().stream().map(ResourceId::value).toArray(String[]::new);
      queries.add(
          new Query(
              "select " + Rows.RESOURCE + " from resources where id = any(?)",
              array("text", ids),
              row -> loaded.resources.add(Rows.resource(row))));
    }
  }

  private static void addAuthorizations(
      List<Query> queries, Wanted wanted, Instant dueAt, Loaded loaded) {
    Row row = found -> loaded.authorizations.add(Rows.authorization(found));
    var select = "select " + Rows.AUTHORIZATION + " from authorizations";
    if (wanted.everything()) {
      queries.add(new Query(select, (c, s, first) -> first, row));
      return;
    }
    if (!wanted.keys().isEmpty()) {
      var keys = columns(wanted.keys());
      queries.add(
          new Query(
              select
                  + " join "
                  + keys.unnest()
                  + " as wanted (c, r) on client = c and resource = r",
              keys::bind,
              row));
    }
    if (!wanted.allOfClients().isEmpty()) {
      var ids = wanted.allOfClients().stream().map(ClientId::value).toArray(String[]::new);
      queries.add(new Query(select + " where client = any(?)", array("text", ids), row));
    }
    if (!wanted.allForResources().isEmpty()) {
      var ids = wanted.allForResources().stream().map(ResourceId::value).toArray(String[]::new);
      queries.add(new Query(select + " where resource = any(?)", array("text", ids), row));
    }
    if (wanted.due() > 0) {
      queries.add(
          new Query(
              select
                  + " where expires_s is not null and (expires_s, expires_n) <= (?, ?)"
                  + " order by expires_s, expires_n limit "
                  + wanted.due(),
              (c, s, first) -> {
                s.setLong(first, dueAt.getEpochSecond());
                s.setInt(first + 1, dueAt.getNano());
                return first + 2;
              },
              row));
    }
  }

  private static Columns columns(Collection<AuthorizationKey> keys) {
    var columns = new Columns("text", "text");
    keys.forEach(key -> columns.add(key.client().value(), key.resource().value()));
    return columns;
  }

  private static Binding array(String type, Object[] values) {
    return (c, s, first) -> {
      s.setArray(first, c.createArrayOf(type, values));
      return first + 1;
    };
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
    long floor = state.floor();
    if (rows.version() - floor > changeLog + Math.min(1000L, changeLog / 10)) {
      floor = rows.version() - changeLog;
    }
    var sql = new ArrayList<String>();
    var bindings = new ArrayList<Binding>();
    new Writing(sql, bindings).of(rows);
    if (floor != state.floor()) {
      sql.add("delete from changes where version <= " + floor);
    }
    sql.add("update state set version = ?, floor = ?, seen_s = ?, seen_n = ?, clock_steps = ?");
    long newFloor = floor;
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
    try (var statement = connected.prepareStatement(String.join(";\n", sql))) {
      int next = 1;
      for (var binding : bindings) {
        next = binding.bind(connected, statement, next);
      }
      statement.execute();
    }
    try {
      connected.commit();
    } catch (SQLException e) {
      if (Problems.breaksConnection(e)) {
        drop();
        throw new Ambiguous(batch, e);
      }
      throw e;
    }
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

  /** The statements that write what changed. */
  private record Writing(List<String> sql, List<Binding> bindings) {

    void of(WorkingSet rows) {
      var goneAuthorizations = new Columns("text", "text");
      var authorizations = new Columns(Rows.AUTHORIZATION_TYPES);
      for (var key : rows.changedAuthorizations()) {
        var stored = rows.authorization(key);
        if (stored == null) {
          goneAuthorizations.add(key.client().value(), key.resource().value());
        } else {
          authorizations.add(Rows.ofAuthorization(stored));
        }
      }
      var goneClients = new Columns("text");
      var clients = new Columns(Rows.CLIENT_TYPES);
      for (var client : rows.changedClients()) {
        var stored = rows.client(client);
        if (stored == null) {
          goneClients.add(client.value());
        } else {
          clients.add(Rows.of(stored));
        }
      }
      var goneResources = new Columns("text");
      var resources = new Columns(Rows.RESOURCE_TYPES);
      for (var resource : rows.changedResources()) {
        var stored = rows.resource(resource);
        if (stored == null) {
          goneResources.add(resource.value());
        } else {
          resources.add(Rows.ofResource(stored));
        }
      }
      var changes = new Columns(Rows.CHANGE_TYPES);
      rows.changes().forEach(change -> changes.add(Rows.ofChange(change)));

      add(
          goneAuthorizations,
          "delete from authorizations using %s as gone (c, r) where client = c and resource = r");
      add(goneClients, "delete from clients using %s as gone (c) where id = c");
      add(goneResources, "delete from resources using %s as gone (r) where id = r");
      add(clients, upsert("clients", Rows.CLIENT, "id"));
      add(resources, upsert("resources", Rows.RESOURCE, "id"));
      add(authorizations, upsert("authorizations", Rows.AUTHORIZATION, "client, resource"));
      add(changes, "insert into changes (" + Rows.CHANGE + ") select * from %s");
    }

    private static String upsert(String table, String columns, String key) {
      var assignments = new ArrayList<String>();
      for (var column : columns.split(", ", -1)) {
        assignments.add(column + " = excluded." + column);
      }
      return "insert into "
          + table
          + " ("
          + columns
          + ") select * from %s on conflict ("
          + key
          + ") do update set "
          + String.join(", ", assignments);
    }

    private void add(Columns rows, String template) {
      if (!rows.isEmpty()) {
        sql.add(template.formatted(rows.unnest()));
        bindings.add(rows::bind);
      }
    }
  }
}
