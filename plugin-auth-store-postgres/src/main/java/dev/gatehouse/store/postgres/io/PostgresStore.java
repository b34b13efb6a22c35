package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.store.postgres.core.AuthorizationOperations;
import dev.gatehouse.store.postgres.core.ClientOperations;
import dev.gatehouse.store.postgres.core.Operation;
import dev.gatehouse.store.postgres.core.ResourceOperations;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The store on PostgreSQL: reads ask the database, writes go through the {@link Writer}. */
public final class PostgresStore implements AuthorizationStore {

  private static final Logger log = LoggerFactory.getLogger(PostgresStore.class);

  /** What works while the store is open. */
  private record Open(Feed feed, Follower follower, Writer writer, Pool pool, Reader reader) {}

  private final PostgresStoreConfig config;
  private final PluginContext context;
  private final Clock clock;
  private final Set<Watching> watches = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Open open;

  /** A store that is not open yet. */
  public PostgresStore(PostgresStoreConfig config, PluginContext context) {
    this(config, context, databaseClock -> databaseClock);
  }

  /** A store that takes something else for the database's clock, for tests with virtual time. */
  PostgresStore(PostgresStoreConfig config, PluginContext context, Clock.Reading reading) {
    this.config = config;
    this.context = context;
    this.clock = new Clock(context.time(), reading);
  }

  @Override
  public void start() {
    if (config.tls() == PostgresStoreConfig.Tls.OFF && !isThisMachine()) {
      log.atWarn().addKeyValue("host", config.host()).log("keys cross the network unprotected");
    }
    var problems = new Problems(config);
    var connector = new Connector(config, problems);
    var channel = "gatehouse_" + config.schema();
    var ledger = new Ledger(connector, channel);
    var state = prepared(connector, problems, ledger);
    clock.begin(state);
    var feed = new Feed(context.events(), context.time());
    feed.reset(state.version());
    var writer = new Writer[1];
    var follower =
        new Follower(
            config, connector, feed, clock, channel, state.identity(), () -> writer[0].sweepSoon());
    writer[0] =
        new Writer(
            config, context.time(), ledger, problems, feed, clock, follower, state.identity());
    var pool = new Pool(connector, context.time());
    writer[0].start();
    follower.start();
    open =
        new Open(
            feed, follower, writer[0], pool, new Reader(pool, context.time(), state.identity()));
  }

  private boolean isThisMachine() {
    return Set.of("localhost", "127.0.0.1", "::1").contains(config.host());
  }

  private Ledger.State prepared(Connector connector, Problems problems, Ledger ledger) {
    var connection = connector.open(Connector.Use.WRITING);
    try {
      new Schema(config, problems).prepare(connection);
      ledger.connect();
      ledger.forgetOldWriters();
      var found =
          Reader.query(connection, Ledger.State::of, "select " + Ledger.STATE + " from state s");
      return found.getFirst();
    } catch (SQLException e) {
      ledger.drop();
      throw problems.of(e);
    } catch (RuntimeException e) {
      ledger.drop();
      throw e;
    } finally {
      Connector.drop(connection);
    }
  }

  @Override
  public void stop() {
    // Other plugins may still have to end authorizations while they stop; close() is the end.
  }

  @Override
  public void close() {
    var current = open;
    open = null;
    if (current != null) {
      List.copyOf(watches).forEach(Watching::close);
      current.writer().stop();
      current.follower().stop();
      current.feed().close();
      current.pool().close();
    }
  }

  @Override
  public Health health() {
    var current = open;
    if (current == null) {
      return Health.failing("The authorization store is not open.");
    }
    int kept = current.writer().kept();
    var waiting = kept == 0 ? "" : " " + kept + " revocations wait to be written.";
    var trouble = current.follower().trouble().or(current.writer()::trouble);
    if (trouble.isPresent()) {
      return Health.failing(trouble.get().problem() + waiting);
    }
    if (kept > 0) {
      return Health.failing(waiting.strip());
    }
    return clock.problem().map(Health::failing).orElseGet(Health::ok);
  }

  @Override
  public Map<String, Object> status() {
    var facts = new LinkedHashMap<String, Object>();
    var current = open;
    facts.put("open", current != null);
    facts.put("server", config.host() + ":" + config.port());
    facts.put("database", config.database());
    facts.put("schema", config.schema());
    if (current != null) {
      var trouble = current.follower().trouble().or(current.writer()::trouble);
      facts.put("reachable", trouble.isEmpty());
      facts.put("version", current.feed().position());
      facts.put("writes", current.writer().writes());
      facts.put("transactions", current.writer().commits());
      facts.put("resolved-commits", current.writer().resolved());
      facts.put("unwritten", current.writer().kept());
      facts.put("polls", current.follower().polls());
      facts.put("reconnects", current.follower().reconnects());
      facts.put("watches", watches.size());
      facts.put("clock", clock.state());
      trouble.ifPresent(failure -> facts.put("problem", failure.problem()));
    }
    return facts;
  }

  private Open open() {
    var current = open;
    if (current == null) {
      throw Problems.closed();
    }
    return current;
  }

  private <R> R write(Operation<R> operation, Deadline deadline) {
    return open().writer().submit(operation, deadline);
  }

  private Reader reader() {
    return open().reader();
  }

  @Override
  public long version(Deadline deadline) {
    return reader().version(deadline);
  }

  @Override
  public WriteResult<Client> createClient(Client client, Deadline deadline) {
    Cursors.checkText(client.name());
    return write(new ClientOperations.Create(withOwnSecret(client)), deadline);
  }

  @Override
  public WriteResult<Client> updateClient(Client client, long expectedVersion, Deadline deadline) {
    Cursors.checkText(client.name());
    return write(new ClientOperations.Update(withOwnSecret(client), expectedVersion), deadline);
  }

  /** The caller may close the key while the write is under way. */
  private static Client withOwnSecret(Client client) {
    return client.presharedKey().isEmpty()
        ? client
        : new Client(
            client.id(),
            client.name(),
            client.publicKey(),
            client.presharedKey().map(SecretKey::copy),
            client.addresses());
  }

  @Override
  public boolean removeClient(ClientId client, Deadline deadline) {
    return write(new ClientOperations.Remove(client), deadline);
  }

  @Override
  public Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    return reader().client(client, deadline);
  }

  @Override
  public Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    return reader().clientByKey(key, deadline);
  }

  @Override
  public Page<Versioned<Client>> clients(Optional<String> cursor, int limit, Deadline deadline) {
    return reader().clients(cursor, limit, deadline);
  }

  @Override
  public WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    Cursors.checkText(resource.name());
    return write(new ResourceOperations.Create(resource), deadline);
  }

  @Override
  public WriteResult<Resource> updateResource(
      Resource resource, long expectedVersion, Deadline deadline) {
    Cursors.checkText(resource.name());
    return write(new ResourceOperations.Update(resource, expectedVersion), deadline);
  }

  @Override
  public boolean removeResource(ResourceId resource, Deadline deadline) {
    return write(new ResourceOperations.Remove(resource), deadline);
  }

  @Override
  public Optional<Versioned<Resource>> resource(ResourceId resource, Deadline deadline) {
    return reader().resource(resource, deadline);
  }

  @Override
  public Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    return reader().resources(cursor, limit, deadline);
  }

  @Override
  public WriteResult<Authorization> grant(Authorization authorization, Deadline deadline) {
    Cursors.checkText(authorization.origin());
    return write(new AuthorizationOperations.Grant(authorization), deadline);
  }

  @Override
  public WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline) {
    return write(new AuthorizationOperations.Extend(key, expiresAt, expectedVersion), deadline);
  }

  @Override
  public boolean revoke(AuthorizationKey key, Deadline deadline) {
    return write(new AuthorizationOperations.Revoke(key), deadline);
  }

  @Override
  public int revokeClient(ClientId client, Deadline deadline) {
    return write(new AuthorizationOperations.RevokeClient(client), deadline);
  }

  @Override
  public int revokeResource(ResourceId resource, Deadline deadline) {
    return write(new AuthorizationOperations.RevokeResource(resource), deadline);
  }

  @Override
  public Optional<Versioned<Authorization>> authorization(AuthorizationKey key, Deadline deadline) {
    return reader().authorization(key, deadline);
  }

  @Override
  public Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    return reader().authorizations(cursor, limit, deadline);
  }

  @Override
  public List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    return reader().expiringBefore(moment, limit, deadline);
  }

  @Override
  public int sweep(int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    return write(new AuthorizationOperations.Sweep(limit), deadline);
  }

  @Override
  public Reconciliation.Report reconcile(Reconciliation.AuthoritativeList list, Deadline deadline) {
    list.client()
        .ifPresent(scope -> {
          for (var key : list.listed().keySet()) {
            if (!key.client().equals(scope)) {
              throw Problems.invalid(
                  "The authoritative list of client '" + scope + "' names '" + key + "'.",
                  "List only authorizations of that client.");
            }
          }
        });
    return write(new AuthorizationOperations.Reconcile(list, false), deadline);
  }

  @Override
  public StoreSnapshot snapshot(Deadline deadline) {
    return reader().snapshot(deadline);
  }

  @Override
  public List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    return reader().changes(afterVersion, limit, deadline);
  }

  @Override
  public Watch watch(long afterVersion, Consumer<? super StoreChange> consumer) {
    Cursors.checkVersion(afterVersion);
    var current = open();
    var longest = Duration.ofMillis(2 * config.timeout().toMillis());
    var watching =
        new Watching(
            current.feed(),
            (version, limit) ->
                current.reader().changes(version, limit, Deadline.after(longest, context.time())),
            afterVersion,
            change -> consumer.accept(withOwnSecret(change)),
            watches::remove);
    watches.add(watching);
    watching.start();
    return watching;
  }

  private static StoreChange withOwnSecret(StoreChange change) {
    return change instanceof StoreChange.ClientPut(var client, var version)
        ? new StoreChange.ClientPut(withOwnSecret(client), version)
        : change;
  }

  @Override
  public void backup(Path file, Deadline deadline) {
    new SqlBackup(reader(), config.schema()).write(file, deadline);
  }

  @Override
  public List<String> verify(Deadline deadline) {
    return reader().verify(deadline);
  }

  @Override
  public boolean knowsTime() {
    var current = open;
    return clock.isKnown(current != null && current.follower().trouble().isEmpty());
  }

  /**
   * Gives the schema of a closed store another name and makes an empty one in its place, whose
   * versions go on.
   *
   * @param now for the name
   * @return where the old one is, in words
   */
  public static String putAway(PostgresStoreConfig config, Instant now) {
    var problems = new Problems(config);
    var connection = new Connector(config, problems).open(Connector.Use.WRITING);
    try {
      var name = new Schema(config, problems).putAway(connection, now);
      return "schema '" + name + "' of database '" + config.database() + "'";
    } finally {
      Connector.drop(connection);
    }
  }
}
