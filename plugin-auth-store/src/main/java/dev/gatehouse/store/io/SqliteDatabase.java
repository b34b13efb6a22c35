package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Held;
import dev.gatehouse.store.core.HeldDecoder;
import dev.gatehouse.store.core.RowCodec;
import dev.gatehouse.store.core.Seal;
import dev.gatehouse.store.core.Timeline;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.JDBC;

/**
 * The tables on disk: each row is a key, the version that wrote it, a {@link Seal} and a body in
 * the form of {@link RowCodec}. Used by one thread at a time.
 */
final class SqliteDatabase implements AutoCloseable {

  private static final int APPLICATION_ID = 0x4761_7465;
  private static final int SCHEMA = 1;

  private static final List<String> CREATE =
      List.of(
          "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,"
              + " floor INTEGER NOT NULL, rows_seal INTEGER NOT NULL, timeline_s INTEGER NOT NULL,"
              + " timeline_n INTEGER NOT NULL, offset_s INTEGER NOT NULL, offset_n INTEGER NOT"
              + " NULL, seal INTEGER NOT NULL) STRICT",
          "CREATE TABLE clients (id TEXT PRIMARY KEY, version INTEGER NOT NULL, seal INTEGER NOT"
              + " NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
          "CREATE TABLE resources (id TEXT PRIMARY KEY, version INTEGER NOT NULL, seal INTEGER NOT"
              + " NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
          "CREATE TABLE authorizations (client TEXT NOT NULL, resource TEXT NOT NULL, version"
              + " INTEGER NOT NULL, seal INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY"
              + " (client, resource)) STRICT, WITHOUT ROWID",
          "CREATE TABLE changes (version INTEGER PRIMARY KEY, seal INTEGER NOT NULL, body BLOB NOT"
              + " NULL) STRICT",
          "PRAGMA application_id = " + APPLICATION_ID,
          "PRAGMA user_version = " + SCHEMA);

  /**
   * The one row of the table {@code state}.
   *
   * @param version the newest change
   * @param floor the version after which every change is in the log
   * @param rowsSeal the sum of the seals of all clients, resources and authorizations
   * @param timeline the store's own time
   */
  record State(long version, long floor, long rowsSeal, Timeline.Saved timeline) {
    static final State NEW = new State(0, 0, 0, new Timeline.Saved(Instant.EPOCH, Duration.ZERO));

    private byte[] bytes() {
      var at = timeline.timeline();
      var offset = timeline.offset();
      return ByteBuffer.allocate(48)
          .putLong(floor)
          .putLong(rowsSeal)
          .putLong(at.getEpochSecond())
          .putInt(at.getNano())
          .putLong(offset.toSeconds())
          .putInt(offset.toNanosPart())
          .array();
    }

    private long seal(Seal seal) {
      return seal.of('s', "", version, bytes());
    }
  }

  /** Takes rows as they are read. */
  interface Rows {
    void client(Versioned<Client> client);

    void resource(Versioned<Resource> resource);

    void authorization(Held held);
  }

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private final Seal seal = new Seal();

  private SqliteDatabase(Connection connection) {
    this.connection = connection;
  }

  /** Opens a file alone: nobody else can open it until it is closed. */
  static SqliteDatabase open(Path file) throws SQLException {
    var connection =
        JDBC.createConnection("jdbc:sqlite:" + file.toAbsolutePath(), new Properties());
    if (connection == null) {
      throw new SQLException("the driver does not know its own address");
    }
    var database = new SqliteDatabase(connection);
    try {
      database.prepareConnection();
    } catch (SQLException e) {
      database.close();
      throw e;
    }
    return database;
  }

  private void prepareConnection() throws SQLException {
    run("PRAGMA busy_timeout = 500");
    run("PRAGMA locking_mode = EXCLUSIVE");
    run("PRAGMA trusted_schema = OFF");
    run("PRAGMA cell_size_check = ON");
    run("PRAGMA secure_delete = ON");
    run("PRAGMA temp_store = MEMORY");
    run("PRAGMA cache_size = -16384");
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA journal_size_limit = 67108864");
    run("PRAGMA wal_autocheckpoint = 2000");
    run("BEGIN EXCLUSIVE");
    run("COMMIT");
  }

  /** Whether nothing was ever put into the file. */
  boolean isNew() throws SQLException {
    return number("PRAGMA application_id") == 0
        && number("SELECT count(*) FROM sqlite_schema") == 0;
  }

  /** Creates the tables. */
  void create() throws SQLException {
    run("BEGIN IMMEDIATE");
    for (var statement : CREATE) {
      run(statement);
    }
    writeState(State.NEW);
    run("COMMIT");
  }

  /** Refuses what this release cannot read. */
  void checkSchema(Path file) throws SQLException {
    if (number("PRAGMA application_id") != APPLICATION_ID) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "'" + file + "' is an SQLite database, but not a store of Gatehouse.",
          "Name another file under [auth-store], or move this one away.");
    }
    long schema = number("PRAGMA user_version");
    if (schema > SCHEMA) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "The store '" + file + "' was written by a newer release (schema " + schema + ").",
          "Start that release, or restore a backup from before the upgrade.");
    }
    if (schema != SCHEMA) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "The store '" + file + "' has the unknown schema " + schema + ".",
          "Restore a backup.");
    }
  }

  /** SQLite's own check; one sentence per problem. */
  List<String> check(boolean thoroughly) throws SQLException {
    var problems = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var result =
            statement.executeQuery(thoroughly ? "PRAGMA integrity_check" : "PRAGMA quick_check")) {
      while (result.next()) {
        if (!result.getString(1).equals("ok")) {
          problems.add("SQLite says: " + result.getString(1) + ".");
        }
      }
    }
    return problems;
  }

  Optional<State> state() throws SQLException {
    try (var result = prepared("SELECT * FROM state WHERE id = 1").executeQuery()) {
      if (!result.next()) {
        return Optional.empty();
      }
      var state =
          new State(
              result.getLong("version"),
              result.getLong("floor"),
              result.getLong("rows_seal"),
              new Timeline.Saved(
                  Instant.ofEpochSecond(result.getLong("timeline_s"), result.getInt("timeline_n")),
                  Duration.ofSeconds(result.getLong("offset_s"), result.getInt("offset_n"))));
      return state.seal(seal) == result.getLong("seal") ? Optional.of(state) : Optional.empty();
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  void writeState(State state) throws SQLException {
    var at = state.timeline().timeline();
    var offset = state.timeline().offset();
    var statement = prepared("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.setLong(1, state.version());
    statement.setLong(2, state.floor());
    statement.setLong(3, state.rowsSeal());
    statement.setLong(4, at.getEpochSecond());
    statement.setInt(5, at.getNano());
    statement.setLong(6, offset.toSeconds());
    statement.setInt(7, offset.toNanosPart());
    statement.setLong(8, state.seal(seal));
    statement.executeUpdate();
  }

  /**
   * Reads every row.
   *
   * @return the sum of the seals that the rows should have
   * @throws RowCodec.DamagedRow if a row is not what was written
   */
  long readRows(Rows rows) throws SQLException, RowCodec.DamagedRow {
    var clients = new HashMap<String, ClientId>();
    var resources = new HashMap<String, ResourceId>();
    return readClients(rows, clients)
        + readResources(rows, resources)
        + readAuthorizations(rows, clients, resources);
  }

  private long readClients(Rows rows, Map<String, ClientId> ids)
      throws SQLException, RowCodec.DamagedRow {
    long sum = 0;
    try (var result = prepared("SELECT id, version, body FROM clients").executeQuery()) {
      while (result.next()) {
        var id = result.getString(1);
        var body = result.getBytes(3);
        sum += seal.of('c', id, result.getLong(2), body);
        var client = RowCodec.client(id, body);
        ids.put(id, client.id());
        rows.client(new Versioned<>(client, result.getLong(2)));
        Arrays.fill(body, (byte) 0);
      }
    }
    return sum;
  }

  private long readResources(Rows rows, Map<String, ResourceId> ids)
      throws SQLException, RowCodec.DamagedRow {
    long sum = 0;
    try (var result = prepared("SELECT id, version, body FROM resources").executeQuery()) {
      while (result.next()) {
        var id = result.getString(1);
        var body = result.getBytes(3);
        sum += seal.of('r', id, result.getLong(2), body);
        var resource = RowCodec.resource(id, body);
        ids.put(id, resource.id());
        rows.resource(new Versioned<>(resource, result.getLong(2)));
      }
    }
    return sum;
  }

  /** The ids in keys are those of the clients and resources, so that each exists once. */
  private long readAuthorizations(
      Rows rows, Map<String, ClientId> clients, Map<String, ResourceId> resources)
      throws SQLException, RowCodec.DamagedRow {
    long sum = 0;
    var decoder = new HeldDecoder();
    try (var result =
        prepared("SELECT client, resource, version, body FROM authorizations").executeQuery()) {
      while (result.next()) {
        var client = clients.get(result.getString(1));
        var resource = resources.get(result.getString(2));
        if (client == null || resource == null) {
          throw new RowCodec.DamagedRow("authorization without its client or resource");
        }
        long version = result.getLong(3);
        var body = result.getBytes(4);
        sum += seal.of('a', client + "/" + resource, version, body);
        rows.authorization(decoder.decode(new AuthorizationKey(client, resource), version, body));
      }
    }
    return sum;
  }

  /**
   * The change log, oldest first.
   *
   * @throws RowCodec.DamagedRow if an entry is not what was written
   */
  List<StoreChange> readChanges() throws SQLException, RowCodec.DamagedRow {
    var changes = new ArrayList<StoreChange>();
    try (var result =
        prepared("SELECT version, seal, body FROM changes ORDER BY version").executeQuery()) {
      while (result.next()) {
        long version = result.getLong(1);
        var body = result.getBytes(3);
        if (seal.of('l', "", version, body) != result.getLong(2)) {
          throw new RowCodec.DamagedRow("change " + version + " with a wrong seal");
        }
        changes.add(RowCodec.change(version, body));
        Arrays.fill(body, (byte) 0);
      }
    }
    return changes;
  }

  void trimChanges(long floor) throws SQLException {
    var statement = prepared("DELETE FROM changes WHERE version <= ?");
    statement.setLong(1, floor);
    statement.executeUpdate();
  }

  void dropChanges() throws SQLException {
    run("DELETE FROM changes");
  }

  void begin() throws SQLException {
    run("BEGIN IMMEDIATE");
  }

  void commit() throws SQLException {
    run("COMMIT");
  }

  void rollback() throws SQLException {
    if (!connection.isClosed()) {
      run("ROLLBACK");
    }
  }

  /** Moves the write-ahead log into the file. */
  void checkpoint() throws SQLException {
    run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Ends the use of a write-ahead log, so that the file alone is everything. */
  void becomeOneFile() throws SQLException {
    run("PRAGMA journal_mode = DELETE");
  }

  /** Writes a change and its entry in the log. Returns by how much the sum of seals changes. */
  long write(Edit edit) throws SQLException {
    var change = edit.change();
    long delta =
        switch (change) {
          case StoreChange.ClientPut put -> put(new Versioned<>(put.client(), put.version()));
          case StoreChange.ClientRemoved removed -> remove("clients", removed.client().value());
          case StoreChange.ResourcePut put ->
              putResource(new Versioned<>(put.resource(), put.version()));
          case StoreChange.ResourceRemoved removed ->
              remove("resources", removed.resource().value());
          case StoreChange.AuthorizationPut put ->
              put(new Held(new Versioned<>(put.authorization(), put.version()), edit.offset()));
          case StoreChange.AuthorizationRemoved removed -> remove(removed.key());
          case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
        };
    var body = RowCodec.encode(change);
    var statement = prepared("INSERT OR REPLACE INTO changes VALUES (?, ?, ?)");
    statement.setLong(1, change.version());
    statement.setLong(2, seal.of('l', "", change.version(), body));
    statement.setBytes(3, body);
    statement.executeUpdate();
    Arrays.fill(body, (byte) 0);
    return delta;
  }

  /** Writes a client. Returns by how much the sum of seals changes. */
  long put(Versioned<Client> client) throws SQLException {
    var body = RowCodec.encode(client.value());
    try {
      return putById("clients", 'c', client.value().id().value(), client.version(), body);
    } finally {
      Arrays.fill(body, (byte) 0);
    }
  }

  /** Writes a resource. Returns by how much the sum of seals changes. */
  long putResource(Versioned<Resource> resource) throws SQLException {
    var body = RowCodec.encode(resource.value());
    return putById("resources", 'r', resource.value().id().value(), resource.version(), body);
  }

  private long putById(String table, char tag, String id, long version, byte[] body)
      throws SQLException {
    long before = sealOf("SELECT seal FROM " + table + " WHERE id = ?", id);
    long after = seal.of(tag, id, version, body);
    var statement = prepared("INSERT OR REPLACE INTO " + table + " VALUES (?, ?, ?, ?)");
    statement.setString(1, id);
    statement.setLong(2, version);
    statement.setLong(3, after);
    statement.setBytes(4, body);
    statement.executeUpdate();
    return after - before;
  }

  /** Writes an authorization. Returns by how much the sum of seals changes. */
  long put(Held held) throws SQLException {
    var key = held.key();
    var body = RowCodec.encode(held.stored().value(), held.offset());
    long before = sealOf(key);
    long after = seal.of('a', key.client() + "/" + key.resource(), held.stored().version(), body);
    var statement = prepared("INSERT OR REPLACE INTO authorizations VALUES (?, ?, ?, ?, ?)");
    statement.setString(1, key.client().value());
    statement.setString(2, key.resource().value());
    statement.setLong(3, held.stored().version());
    statement.setLong(4, after);
    statement.setBytes(5, body);
    statement.executeUpdate();
    return after - before;
  }

  private long remove(String table, String id) throws SQLException {
    return -sealOf("DELETE FROM " + table + " WHERE id = ? RETURNING seal", id);
  }

  private long remove(AuthorizationKey key) throws SQLException {
    return -sealOf(
        "DELETE FROM authorizations WHERE client = ? AND resource = ? RETURNING seal",
        key.client().value(),
        key.resource().value());
  }

  private long sealOf(AuthorizationKey key) throws SQLException {
    return sealOf(
        "SELECT seal FROM authorizations WHERE client = ? AND resource = ?",
        key.client().value(),
        key.resource().value());
  }

  private long sealOf(String query, String... key) throws SQLException {
    var statement = prepared(query);
    for (int i = 0; i < key.length; i++) {
      statement.setString(i + 1, key[i]);
    }
    try (ResultSet result = statement.executeQuery()) {
      return result.next() ? result.getLong(1) : 0;
    }
  }

  /** Removes every client, resource and authorization. */
  void clear() throws SQLException {
    run("DELETE FROM authorizations");
    run("DELETE FROM resources");
    run("DELETE FROM clients");
  }

  private PreparedStatement prepared(String sql) throws SQLException {
    var known = statements.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      statements.put(sql, known);
    }
    return known;
  }

  private void run(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      return result.next() ? result.getLong(1) : 0;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
