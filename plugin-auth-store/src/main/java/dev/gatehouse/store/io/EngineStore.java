package dev.gatehouse.store.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
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
import dev.gatehouse.store.core.AuthorizationOperations;
import dev.gatehouse.store.core.ClientOperations;
import dev.gatehouse.store.core.Contents;
import dev.gatehouse.store.core.Held;
import dev.gatehouse.store.core.ResourceOperations;
import dev.gatehouse.store.core.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The store: reads are answered from memory, writes go through the {@link Writer}. What makes the
 * writes durable is the {@link Journal}'s affair.
 */
public final class EngineStore implements AuthorizationStore {

  private final TimeSource time;
  private final Path stateDirectory;
  private final Journal journal;
  private final Writer writer;
  private final Set<Watching> watches = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Model model;
  private boolean started;

  /**
   * A store that is not open yet.
   *
   * @param context the clocks and the event bus
   * @param journal where changes are made durable
   * @param window how long a transaction waits for company when there is concurrency
   */
  public EngineStore(PluginContext context, Journal journal, Duration window) {
    this.time = context.time();
    this.stateDirectory = context.stateDirectory();
    this.journal = journal;
    this.writer = new Writer(journal, time, new Announcer(context.events()), window);
  }

  @Override
  public void start() throws InterruptedException {
    started = true;
    model = writer.start();
  }

  @Override
  public void stop() {
    // Other plugins may still have to end authorizations while they stop; close() is the end.
  }

  @Override
  public void close() {
    if (started) {
      List.copyOf(watches).forEach(Watching::close);
      writer.stop();
    }
    model = null;
  }

  @Override
  public Health health() {
    var failure = writer.failure();
    if (failure.isPresent()) {
      int waiting = writer.unwritten();
      return Health.failing(
          failure.get().problem()
              + (waiting == 0 ? "" : " Changes in force but not durable: " + waiting + "."));
    }
    return writer.clockBehind()
        ? Health.failing(
            "The clock reads earlier than the store was last used; set it, for example with NTP.")
        : Health.ok();
  }

  @Override
  public Map<String, Object> status() {
    var facts = new LinkedHashMap<String, Object>();
    var current = model;
    facts.put("open", current != null);
    if (current != null) {
      current.read(tables -> {
        facts.put("version", tables.version());
        facts.put("clients", tables.clientCount());
        facts.put("resources", tables.resourceCount());
        facts.put("authorizations", tables.authorizationCount());
        return tables;
      });
      facts.put("writes", writer.writes());
      facts.put("transactions", writer.commits());
      facts.put("unwritten", writer.unwritten());
      facts.put("watches", watches.size());
      facts.put("clock", writer.clockBehind() ? "behind" : writer.clockHeld() ? "held" : "ok");
      writer.failure().ifPresent(failure -> facts.put("problem", failure.problem()));
      facts.putAll(journal.status());
    }
    return facts;
  }

  private Model open() {
    var current = model;
    if (current == null) {
      throw Writer.closed();
    }
    return current;
  }

  private <T> T read(Deadline deadline, Function<Tables, T> reading) {
    var current = open();
    if (deadline.hasPassed(time)) {
      throw Request.late();
    }
    return current.read(reading);
  }

  private Writer writer() {
    open();
    return writer;
  }

  @Override
  public long version(Deadline deadline) {
    return read(deadline, Tables::version);
  }

  @Override
  public WriteResult<Client> createClient(Client client, Deadline deadline) {
    return guarded(writer().submit(new ClientOperations.Create(withOwnSecret(client)), deadline));
  }

  @Override
  public WriteResult<Client> updateClient(Client client, long expectedVersion, Deadline deadline) {
    return guarded(
        writer()
            .submit(new ClientOperations.Update(withOwnSecret(client), expectedVersion), deadline));
  }

  @Override
  public boolean removeClient(ClientId client, Deadline deadline) {
    return writer().submit(new ClientOperations.Remove(client), deadline);
  }

  @Override
  public Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    return read(deadline, tables -> guarded(tables.client(client)));
  }

  @Override
  public Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    return read(deadline, tables -> guarded(tables.clientByKey(key)));
  }

  @Override
  public Page<Versioned<Client>> clients(Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(text -> Cursors.parsed(text, ClientId::new));
    Cursors.checkLimit(limit);
    return read(
        deadline,
        tables -> {
          var rest = after.map(id -> tables.clients().tailMap(id, false)).orElse(tables.clients());
          return Cursors.page(
              rest.values().stream().limit(limit + 1L).map(EngineStore::withOwnSecret).toList(),
              limit,
              client -> client.value().id().value());
        });
  }

  @Override
  public WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    return writer().submit(new ResourceOperations.Create(resource), deadline);
  }

  @Override
  public WriteResult<Resource> updateResource(
      Resource resource, long expectedVersion, Deadline deadline) {
    return writer().submit(new ResourceOperations.Update(resource, expectedVersion), deadline);
  }

  @Override
  public boolean removeResource(ResourceId resource, Deadline deadline) {
    return writer().submit(new ResourceOperations.Remove(resource), deadline);
  }

  @Override
  public Optional<Versioned<Resource>> resource(ResourceId resource, Deadline deadline) {
    return read(deadline, tables -> Optional.ofNullable(tables.resource(resource)));
  }

  @Override
  public Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(text -> Cursors.parsed(text, ResourceId::new));
    Cursors.checkLimit(limit);
    return read(
        deadline,
        tables -> {
          var rest =
              after.map(id -> tables.resources().tailMap(id, false)).orElse(tables.resources());
          return Cursors.page(
              rest.values().stream().limit(limit + 1L).toList(),
              limit,
              resource -> resource.value().id().value());
        });
  }

  @Override
  public WriteResult<Authorization> grant(Authorization authorization, Deadline deadline) {
    return writer().submit(new AuthorizationOperations.Grant(authorization), deadline);
  }

  @Override
  public WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline) {
    return writer()
        .submit(new AuthorizationOperations.Extend(key, expiresAt, expectedVersion), deadline);
  }

  @Override
  public boolean revoke(AuthorizationKey key, Deadline deadline) {
    return writer().submit(new AuthorizationOperations.Revoke(key), deadline);
  }

  @Override
  public int revokeClient(ClientId client, Deadline deadline) {
    return writer().submit(new AuthorizationOperations.RevokeClient(client), deadline);
  }

  @Override
  public int revokeResource(ResourceId resource, Deadline deadline) {
    return writer().submit(new AuthorizationOperations.RevokeResource(resource), deadline);
  }

  @Override
  public Optional<Versioned<Authorization>> authorization(AuthorizationKey key, Deadline deadline) {
    return read(
        deadline, tables -> Optional.ofNullable(tables.authorization(key)).map(Held::stored));
  }

  @Override
  public Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    var after = cursor.map(Cursors::authorizationKey);
    Cursors.checkLimit(limit);
    return read(
        deadline,
        tables ->
            Cursors.page(
                tables.authorizationsAfter(after, limit + 1).stream().map(Held::stored).toList(),
                limit,
                authorization -> Cursors.text(authorization.value().key())));
  }

  @Override
  public List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    return read(
        deadline,
        tables -> tables.expiringBefore(moment, limit).stream().map(Held::stored).toList());
  }

  @Override
  public int sweep(int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    return writer().submit(new AuthorizationOperations.Sweep(limit), deadline);
  }

  @Override
  public Reconciliation.Report reconcile(Reconciliation.AuthoritativeList list, Deadline deadline) {
    list.client()
        .ifPresent(scope -> {
          for (var key : list.listed().keySet()) {
            if (!key.client().equals(scope)) {
              throw Cursors.invalid(
                  "The authoritative list of client '" + scope + "' names '" + key + "'.",
                  "List only authorizations of that client.");
            }
          }
        });
    return writer().submit(new AuthorizationOperations.Reconcile(list), deadline);
  }

  @Override
  public StoreSnapshot snapshot(Deadline deadline) {
    return read(deadline, EngineStore::snapshotOf);
  }

  static StoreSnapshot snapshotOf(Tables tables) {
    var authorizations = new ArrayList<Authorization>(tables.authorizationCount());
    tables.forEachAuthorization(held -> authorizations.add(held.stored().value()));
    return new StoreSnapshot(
        tables.version(),
        tables.clients().values().stream().map(client -> withOwnSecret(client.value())).toList(),
        tables.resources().values().stream().map(Versioned::value).toList(),
        List.copyOf(authorizations));
  }

  @Override
  public List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    Cursors.checkLimit(limit);
    checkVersion(afterVersion);
    var current = open();
    if (deadline.hasPassed(time)) {
      throw Request.late();
    }
    return current.changesAfter(afterVersion, limit).stream()
        .map(EngineStore::withOwnSecret)
        .toList();
  }

  @Override
  public Watch watch(long afterVersion, Consumer<? super StoreChange> consumer) {
    checkVersion(afterVersion);
    var watching =
        new Watching(
            open(),
            afterVersion,
            change -> consumer.accept(withOwnSecret(change)),
            watches::remove);
    watches.add(watching);
    watching.start();
    return watching;
  }

  private static void checkVersion(long version) {
    if (version < 0) {
      throw Cursors.invalid(version + " is not a version.", "Use 0 or a version of this store.");
    }
  }

  @Override
  public void backup(Path file, Deadline deadline) {
    var contents = read(deadline, Contents::of);
    Backup.write(file, contents, writer.timeline(), stateDirectory, () -> deadline.hasPassed(time));
  }

  @Override
  public List<String> verify(Deadline deadline) {
    var current = open();
    return writer.run(() -> journal.verify(current.tables()), deadline);
  }

  @Override
  public boolean knowsTime() {
    return !writer.clockBehind();
  }

  /** Keys are handed out as copies, so that a caller who closes one does not empty the store. */
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

  private static Versioned<Client> withOwnSecret(Versioned<Client> client) {
    return new Versioned<>(withOwnSecret(client.value()), client.version());
  }

  private static StoreChange withOwnSecret(StoreChange change) {
    return change instanceof StoreChange.ClientPut(var client, var version)
        ? new StoreChange.ClientPut(withOwnSecret(client), version)
        : change;
  }

  private static Optional<Versioned<Client>> guarded(@Nullable Versioned<Client> client) {
    return Optional.ofNullable(client).map(EngineStore::withOwnSecret);
  }

  private static WriteResult<Client> guarded(WriteResult<Client> result) {
    return switch (result) {
      case WriteResult.Stored<Client>(var stored) ->
          new WriteResult.Stored<>(withOwnSecret(stored));
      case WriteResult.Conflict<Client>(var current) ->
          new WriteResult.Conflict<>(current.map(EngineStore::withOwnSecret));
    };
  }
}
