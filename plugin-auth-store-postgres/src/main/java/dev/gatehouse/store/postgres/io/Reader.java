package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Everything that only reads. The database is asked every time, so nothing here is ever stale. */
final class Reader {

  private static final int PORTION = 5000;

  /** What to make of a row. */
  interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  private final Pool pool;
  private final TimeSource time;
  private final String identity;

  Reader(Pool pool, TimeSource time, String identity) {
    this.pool = pool;
    this.time = time;
    this.identity = identity;
  }

  /** Runs a statement and collects what its rows become. */
  static <T> List<T> query(Connection c, Row<T> row, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (var statement = c.prepareStatement(sql)) {
      bind(statement, parameters);
      try (var rows = statement.executeQuery()) {
        var found = new ArrayList<T>();
        while (rows.next()) {
          found.add(row.of(rows));
        }
        return found;
      }
    }
  }

  private static void bind(PreparedStatement statement, @Nullable Object... parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
  }

  private <T> List<T> read(
      Deadline deadline, Row<T> row, String sql, @Nullable Object... parameters) {
    return pool.read(deadline, c -> query(c, row, sql, parameters));
  }

  private static <T> Optional<T> first(List<T> found) {
    return found.stream().findFirst();
  }

  private Ledger.State state(Connection c) throws SQLException {
    var found = query(c, Ledger.State::of, "select " + Ledger.STATE + " from state s");
    if (found.isEmpty()) {
      throw new SQLException("the row with the store's version is missing", "42P01");
    }
    if (!found.getFirst().identity().equals(identity)) {
      throw Follower.replaced();
    }
    return found.getFirst();
  }

  long version(Deadline deadline) {
    return pool.read(deadline, c -> state(c).version());
  }

  Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    return first(
        read(
            deadline,
            Rows::client,
            "select " + Rows.CLIENT + " from clients where id = ?",
            client.value()));
  }

  Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    return first(
        read(
            deadline,
            Rows::client,
            "select " + Rows.CLIENT + " from clients where public_key = ?",
            key.bytes()));
  }

  Page<Versioned<Client>> clients(Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(text -> Cursors.parsed(text, ClientId::new).value()).orElse("");
    Cursors.checkLimit(limit);
    var found =
        read(
            deadline,
            Rows::client,
            "select " + Rows.CLIENT + " from clients where id > ? order by id limit ?",
            after,
            limit + 1);
    return Cursors.page(found, limit, client -> client.value().id().value());
  }

  Optional<Versioned<Resource>> resource(ResourceId resource, Deadline deadline) {
    return first(
        read(
            deadline,
            Rows::resource,
            "select " + Rows.RESOURCE + " from resources where id = ?",
            resource.value()));
  }

  Page<Versioned<Resource>> resources(Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(text -> Cursors.parsed(text, ResourceId::new).value()).orElse("");
    Cursors.checkLimit(limit);
    var found =
        read(
            deadline,
            Rows::resource,
            "select " + Rows.RESOURCE + " from resources where id > ? order by id limit ?",
            after,
            limit + 1);
    return Cursors.page(found, limit, resource -> resource.value().id().value());
  }

  Optional<Versioned<Authorization>> authorization(AuthorizationKey key, Deadline deadline) {
    return first(
        read(
            deadline,
            Rows::authorization,
            "select "
                + Rows.AUTHORIZATION
                + " from authorizations"
                + " where client = ? and resource = ?",
            key.client().value(),
            key.resource().value()));
  }

  Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(Cursors::authorizationKey);
    Cursors.checkLimit(limit);
    var found =
        read(
            deadline,
            Rows::authorization,
            "select "
                + Rows.AUTHORIZATION
                + " from authorizations"
                + " where (client, resource) > (?, ?) order by client, resource limit ?",
            after.map(key -> key.client().value()).orElse(""),
            after.map(key -> key.resource().value()).orElse(""),
            limit + 1);
    return Cursors.page(found, limit, authorization -> Cursors.text(authorization.value().key()));
  }

  List<Versioned<Authorization>> expiringBefore(Instant moment, int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    return read(
        deadline,
        Rows::authorization,
        "select "
            + Rows.AUTHORIZATION
            + " from authorizations where expires_s is not null"
            + " and (expires_s, expires_n) < (?, ?) order by expires_s, expires_n limit ?",
        moment.getEpochSecond(),
        moment.getNano(),
        limit);
  }

  private record Found(Ledger.State state, @Nullable StoreChange change) {}

  List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    Cursors.checkVersion(afterVersion);
    // One statement, so that the version and the changes are of one moment.
    var found =
        read(
            deadline,
            row ->
                new Found(
                    Ledger.State.of(row),
                    row.getString("kind") == null ? null : Rows.change(row).change()),
            "select "
                + Ledger.STATE
                + ", c.* from state s left join lateral (select "
                + Rows.CHANGE
                + " from changes where version > ? order by version limit ?) c on true"
                + " order by c.version",
            afterVersion,
            limit);
    if (found.isEmpty()) {
      throw Problems.unavailable(
          "The row with the store's version is missing from the database.",
          "Restore a backup.",
          null);
    }
    var state = found.getFirst().state();
    if (!state.identity().equals(identity)) {
      throw Follower.replaced();
    }
    if (afterVersion > state.version() || afterVersion < state.floor()) {
      long known = afterVersion > state.version() ? state.version() : state.floor();
      return List.of(new StoreChange.Gap(known));
    }
    var changes = new ArrayList<StoreChange>(found.size());
    for (var one : found) {
      if (one.change() != null) {
        changes.add(one.change());
      }
    }
    return changes;
  }

  StoreSnapshot snapshot(Deadline deadline) {
    return pool.copy(
        deadline,
        c -> {
          long version = state(c).version();
          var clients = new ArrayList<Client>();
          var resources = new ArrayList<Resource>();
          var authorizations = new ArrayList<Authorization>();
          stream(
              c,
              deadline,
              "select " + Rows.CLIENT + " from clients order by id",
              row -> clients.add(Rows.client(row).value()));
          stream(
              c,
              deadline,
              "select " + Rows.RESOURCE + " from resources order by id",
              row -> resources.add(Rows.resource(row).value()));
          stream(
              c,
              deadline,
              "select " + Rows.AUTHORIZATION + " from authorizations order by client, resource",
              row -> authorizations.add(Rows.authorization(row).value()));
          return new StoreSnapshot(version, clients, resources, authorizations);
        });
  }

  /** Goes through many rows, a portion at a time, as long as the deadline allows. */
  void stream(Connection c, Deadline deadline, String sql, Row<?> each) throws SQLException {
    try (var statement = c.createStatement()) {
      statement.setFetchSize(PORTION);
      try (var rows = statement.executeQuery(sql)) {
        for (int i = 0; rows.next(); i++) {
          if (i % PORTION == 0) {
            if (deadline.hasPassed(time)) {
              throw Problems.late();
            }
            pool.limitWaiting(c, deadline);
          }
          each.of(rows);
        }
      }
    }
  }

  <T> T copy(Deadline deadline, Pool.Work<T> work) {
    return pool.copy(deadline, work);
  }

  /** Checks what is stored; one sentence per problem. */
  List<String> verify(Deadline deadline) {
    return pool.copy(
        deadline,
        c -> {
          var problems = new ArrayList<String>();
          var state = state(c);
          count(
              c,
              problems,
              "authorizations lack their client or resource",
              "select count(*) from authorizations a where not exists"
                  + " (select from clients where id = a.client) or not exists"
                  + " (select from resources where id = a.resource)");
          for (var table : List.of("clients", "resources", "authorizations", "changes")) {
            count(
                c,
                problems,
                "rows of " + table + " are newer than the store's version",
                "select count(*) from " + table + " where version > " + state.version());
          }
          count(
              c,
              problems,
              "changes are missing from the log",
              "select "
                  + (state.version() - state.floor())
                  + " - count(*) from changes where version > "
                  + state.floor());
          readable(c, deadline, problems, "clients", Rows.CLIENT, Rows::client);
          readable(c, deadline, problems, "resources", Rows.RESOURCE, Rows::resource);
          readable(
              c, deadline, problems, "authorizations", Rows.AUTHORIZATION, Rows::authorization);
          readable(c, deadline, problems, "changes", Rows.CHANGE, Rows::change);
          return problems;
        });
  }

  private static void count(Connection c, List<String> problems, String what, String sql)
      throws SQLException {
    long found = query(c, row -> row.getLong(1), sql).getFirst();
    if (found != 0) {
      problems.add(found + " " + what + ".");
    }
  }

  private void readable(
      Connection c,
      Deadline deadline,
      List<String> problems,
      String table,
      String columns,
      Row<?> row)
      throws SQLException {
    var damaged = new int[1];
    stream(
        c,
        deadline,
        "select " + columns + " from " + table,
        found -> {
          try {
            return row.of(found);
          } catch (SQLException e) {
            damaged[0]++;
            return damaged;
          }
        });
    if (damaged[0] > 0) {
      problems.add(damaged[0] + " rows of " + table + " cannot be understood.");
    }
  }
}
