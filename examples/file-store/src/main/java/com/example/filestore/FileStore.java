package com.example.filestore;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent;
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
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/**
 * A store in one file, under one lock. Every write is worked out as a list of changes, appended to
 * the file, applied, told, and then answered. Plain rather than fast.
 */
final class FileStore implements AuthorizationStore {

  private final PluginContext context;
  private final Path path;
  private final Set<FileWatch> watches = ConcurrentHashMap.newKeySet();
  private Contents contents = new Contents();
  private ChangeFile file;
  private Thread sweeper;
  private String trouble;

  FileStore(PluginContext context, Path path) {
    this.context = context;
    this.path = path;
  }

  @Override
  public synchronized void start() {
    try {
      file = new ChangeFile(path);
      contents = new Contents();
      file.read().forEach(contents::apply);
    } catch (IOException | RuntimeException e) {
      close();
      throw problem(
          StandardErrorCode.STATE_UNREADABLE,
          "The store '" + path + "' cannot be opened: " + e.getMessage() + ".",
          "Restore a backup; until then nothing is authorized.");
    }
    sweeper = Thread.ofVirtual().name("file-store-sweeper").start(this::sweepNowAndThen);
  }

  @Override
  public void stop() {}

  @Override
  public void close() {
    List.copyOf(watches).forEach(FileWatch::close);
    synchronized (this) {
      if (sweeper != null) {
        sweeper.interrupt();
      }
      try {
        if (file != null) {
          file.close();
        }
      } catch (IOException e) {
        // everything acknowledged is on the disk already
      }
      file = null;
    }
  }

  private void sweepNowAndThen() {
    try {
      while (true) {
        Thread.sleep(500);
        synchronized (this) {
          if (file == null || Thread.interrupted()) {
            return;
          }
          endAll(held -> !isActive(held), EndReason.EXPIRED, 10_000);
        }
      }
    } catch (InterruptedException e) {
      // closed
    } catch (GatehouseException e) {
      sweepNowAndThen(); // the disk may recover
    }
  }

  @Override
  public synchronized Health health() {
    return trouble == null ? Health.ok() : Health.failing(trouble);
  }

  static GatehouseException problem(ErrorCode code, String problem, String fix) {
    return new GatehouseException(code, problem, fix);
  }

  private static GatehouseException invalid(String problem) {
    return problem(StandardErrorCode.REQUEST_INVALID, problem, "Ask for something else.");
  }

  /** What every call does first. */
  private void enter(Deadline deadline) {
    if (file == null) {
      throw problem(StandardErrorCode.STORE_UNAVAILABLE, "The store is not open.", "Start it.");
    }
    if (deadline.hasPassed(context.time())) {
      throw problem(StandardErrorCode.STORE_DEADLINE, "The deadline has passed.", "Try again.");
    }
  }

  private Instant now() {
    return context.time().now();
  }

  private boolean isActive(Authorization authorization) {
    return authorization.isActiveAt(now());
  }

  /** Makes changes durable, then visible. Each is made from the version it gets. */
  private void commit(List<LongFunction<StoreChange>> wanted) {
    if (wanted.isEmpty()) {
      return;
    }
    var changes = new ArrayList<StoreChange>();
    for (var change : wanted) {
      changes.add(change.apply(contents.version + 1 + changes.size()));
    }
    try {
      file.append(changes);
      trouble = null;
    } catch (IOException e) {
      trouble = "The store '" + path + "' cannot be written: " + e.getMessage() + ".";
      throw problem(StandardErrorCode.STORE_UNAVAILABLE, trouble, "Check the disk.");
    }
    for (var change : changes) {
      boolean isNew =
          change instanceof StoreChange.AuthorizationPut put
              && !contents.authorizations.containsKey(put.authorization().key());
      contents.apply(change);
      tell(change, isNew);
    }
    notifyAll();
  }

  private void tell(StoreChange change, boolean isNew) {
    switch (change) {
      case StoreChange.AuthorizationPut(var authorization, var version) ->
          context
              .events()
              .publish(
                  isNew
                      ? new GatewayEvent.AuthorizationGranted(now(), authorization, version)
                      : new GatewayEvent.AuthorizationExtended(now(), authorization, version));
      case StoreChange.AuthorizationRemoved(var key, var reason, var version) ->
          context
              .events()
              .publish(
                  reason == EndReason.EXPIRED
                      ? new GatewayEvent.AuthorizationExpired(now(), key, version)
                      : new GatewayEvent.AuthorizationRevoked(now(), key, version));
      default -> {
        // clients and resources have no events
      }
    }
  }

  /** Ends authorizations; how many of them were active. */
  private int endAll(Predicate<Authorization> which, EndReason reason, int limit) {
    var ending =
        contents.authorizations.values().stream()
            .map(Versioned::value)
            .filter(which)
            .limit(limit)
            .toList();
    commit(ending.stream().map(held -> ended(held, reason)).toList());
    return (int) ending.stream().filter(this::isActive).count();
  }

  private LongFunction<StoreChange> ended(Authorization held, EndReason reason) {
    var told = isActive(held) ? reason : EndReason.EXPIRED;
    return version -> new StoreChange.AuthorizationRemoved(held.key(), told, version);
  }

  @Override
  public synchronized long version(Deadline deadline) {
    enter(deadline);
    return contents.version;
  }

  @Override
  public synchronized WriteResult<Client> createClient(Client client, Deadline deadline) {
    enter(deadline);
    var taken = Optional.ofNullable(contents.clients.get(client.id()));
    return taken.isPresent() ? conflict(taken) : put(client);
  }

  @Override
  public synchronized WriteResult<Client> updateClient(
      Client client, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var held = Optional.ofNullable(contents.clients.get(client.id()));
    return held.isEmpty() || held.get().version() != expectedVersion ? conflict(held) : put(client);
  }

  private WriteResult<Client> put(Client client) {
    var holder = contents.holder(client);
    if (holder.isPresent()) {
      return conflict(holder);
    }
    var own = copy(client);
    commit(List.of(version -> new StoreChange.ClientPut(own, version)));
    return new WriteResult.Stored<>(copy(contents.clients.get(client.id())));
  }

  private static WriteResult<Client> conflict(Optional<Versioned<Client>> current) {
    return new WriteResult.Conflict<>(current.map(FileStore::copy));
  }

  @Override
  public synchronized boolean removeClient(ClientId id, Deadline deadline) {
    enter(deadline);
    return remove(
        contents.clients.containsKey(id),
        key -> key.client().equals(id),
        version -> new StoreChange.ClientRemoved(id, version));
  }

  /** Removes a client or resource together with its authorizations, in one write. */
  private boolean remove(
      boolean exists, Predicate<AuthorizationKey> whose, LongFunction<StoreChange> removal) {
    var changes = new ArrayList<LongFunction<StoreChange>>();
    for (var held : contents.authorizations.values()) {
      if (whose.test(held.value().key())) {
        changes.add(ended(held.value(), EndReason.REVOKED));
      }
    }
    if (exists) {
      changes.add(removal);
    }
    commit(changes);
    return exists;
  }

  @Override
  public synchronized Optional<Versioned<Client>> client(ClientId id, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(contents.clients.get(id)).map(FileStore::copy);
  }

  @Override
  public synchronized Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    enter(deadline);
    return contents.clients.values().stream()
        .filter(held -> held.value().publicKey().equals(key))
        .findFirst()
        .map(FileStore::copy);
  }

  @Override
  public synchronized Page<Versioned<Client>> clients(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    var page = page(contents.clients, cursor.map(ClientId::new), limit, ClientId::value);
    return new Page<>(page.items().stream().map(FileStore::copy).toList(), page.next());
  }

  @Override
  public synchronized WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    enter(deadline);
    var taken = Optional.ofNullable(contents.resources.get(resource.id()));
    return taken.isPresent() ? new WriteResult.Conflict<>(taken) : put(resource);
  }

  @Override
  public synchronized WriteResult<Resource> updateResource(
      Resource resource, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var held = Optional.ofNullable(contents.resources.get(resource.id()));
    return held.isEmpty() || held.get().version() != expectedVersion
        ? new WriteResult.Conflict<>(held)
        : put(resource);
  }

  private WriteResult<Resource> put(Resource resource) {
    commit(List.of(version -> new StoreChange.ResourcePut(resource, version)));
    return new WriteResult.Stored<>(contents.resources.get(resource.id()));
  }

  @Override
  public synchronized boolean removeResource(ResourceId id, Deadline deadline) {
    enter(deadline);
    return remove(
        contents.resources.containsKey(id),
        key -> key.resource().equals(id),
        version -> new StoreChange.ResourceRemoved(id, version));
  }

  @Override
  public synchronized Optional<Versioned<Resource>> resource(ResourceId id, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(contents.resources.get(id));
  }

  @Override
  public synchronized Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    return page(contents.resources, cursor.map(ResourceId::new), limit, ResourceId::value);
  }

  @Override
  public synchronized WriteResult<Authorization> grant(Authorization grant, Deadline deadline) {
    enter(deadline);
    var key = grant.key();
    if (!contents.clients.containsKey(key.client())
        || !contents.resources.containsKey(key.resource())) {
      throw problem(
          StandardErrorCode.NOT_FOUND, "The client or resource does not exist.", "Create it.");
    }
    var changes = new ArrayList<LongFunction<StoreChange>>();
    var held = contents.authorizations.get(key);
    if (held != null && isActive(held.value())) {
      return new WriteResult.Conflict<>(Optional.of(held));
    }
    if (held != null) {
      changes.add(ended(held.value(), EndReason.EXPIRED));
    }
    changes.add(version -> new StoreChange.AuthorizationPut(grant, version));
    commit(changes);
    return new WriteResult.Stored<>(contents.authorizations.get(key));
  }

  @Override
  public synchronized WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var held =
        Optional.ofNullable(contents.authorizations.get(key)).filter(h -> isActive(h.value()));
    if (held.isEmpty() || held.get().version() != expectedVersion) {
      return new WriteResult.Conflict<>(held);
    }
    commit(List.of(withExpiry(held.get().value(), expiresAt)));
    return new WriteResult.Stored<>(contents.authorizations.get(key));
  }

  private static LongFunction<StoreChange> withExpiry(
      Authorization held, Optional<Instant> expiresAt) {
    var changed = new Authorization(held.key(), held.grantedAt(), expiresAt, held.origin());
    return version -> new StoreChange.AuthorizationPut(changed, version);
  }

  @Override
  public synchronized boolean revoke(AuthorizationKey key, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().equals(key), EndReason.REVOKED, 1) > 0;
  }

  @Override
  public synchronized int revokeClient(ClientId client, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().client().equals(client), EndReason.REVOKED, Integer.MAX_VALUE);
  }

  @Override
  public synchronized int revokeResource(ResourceId id, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().resource().equals(id), EndReason.REVOKED, Integer.MAX_VALUE);
  }

  @Override
  public synchronized Optional<Versioned<Authorization>> authorization(
      AuthorizationKey key, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(contents.authorizations.get(key));
  }

  @Override
  public synchronized Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    var after =
        cursor.map(text -> {
          var parts = text.split("/", -1);
          if (parts.length != 2) {
            throw invalid("The cursor did not come from this store.");
          }
          return new AuthorizationKey(new ClientId(parts[0]), new ResourceId(parts[1]));
        });
    return page(
        contents.authorizations, after, limit, key -> key.client() + "/" + key.resource());
  }

  private static <K, V> Page<Versioned<V>> page(
      NavigableMap<K, Versioned<V>> all, Optional<K> after, int limit, Function<K, String> cursor) {
    checkLimit(limit);
    var rest = after.map(key -> all.tailMap(key, false)).orElse(all);
    var next =
        rest.size() > limit
            ? rest.keySet().stream().skip(limit - 1L).findFirst().map(cursor)
            : Optional.<String>empty();
    return new Page<>(rest.values().stream().limit(limit).toList(), next);
  }

  private static void checkLimit(int limit) {
    if (limit < 1 || limit > 10_000) {
      throw invalid("A limit of " + limit + " is not possible.");
    }
  }

  @Override
  public synchronized List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    enter(deadline);
    checkLimit(limit);
    return contents.authorizations.values().stream()
        .filter(held -> held.value().expiresAt().filter(e -> e.isBefore(moment)).isPresent())
        .sorted(Comparator.comparing(held -> held.value().expiresAt().orElseThrow()))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized int sweep(int limit, Deadline deadline) {
    enter(deadline);
    checkLimit(limit);
    int before = contents.authorizations.size();
    endAll(held -> !isActive(held), EndReason.EXPIRED, limit);
    return before - contents.authorizations.size();
  }

  @Override
  public synchronized Reconciliation.Report reconcile(
      Reconciliation.AuthoritativeList list, Deadline deadline) {
    enter(deadline);
    if (list.client().isPresent()
        && list.listed().keySet().stream()
            .anyMatch(key -> !key.client().equals(list.client().get()))) {
      throw invalid("The list names authorizations outside of its scope.");
    }
    var changes = new ArrayList<LongFunction<StoreChange>>();
    int removed = 0;
    int updated = 0;
    for (var versioned : contents.authorizations.values()) {
      var held = versioned.value();
      var listed = list.listed().get(held.key());
      if (!list.client().map(held.key().client()::equals).orElse(true)) {
        continue;
      }
      if (listed == null || !isActive(held)) {
        changes.add(ended(held, EndReason.RECONCILED));
        removed += isActive(held) ? 1 : 0;
      } else if (!listed.equals(held.expiresAt())) {
        changes.add(withExpiry(held, listed));
        updated++;
      }
    }
    commit(changes);
    var version = contents.version;
    context.events().publish(new GatewayEvent.Reconciled(now(), removed, updated, version));
    return new Reconciliation.Report(removed, updated, version);
  }

  @Override
  public synchronized StoreSnapshot snapshot(Deadline deadline) {
    enter(deadline);
    return new StoreSnapshot(
        contents.version,
        contents.clients.values().stream().map(held -> copy(held.value())).toList(),
        contents.resources.values().stream().map(Versioned::value).toList(),
        contents.authorizations.values().stream().map(Versioned::value).toList());
  }

  @Override
  public synchronized List<StoreChange> changes(long after, int limit, Deadline deadline) {
    enter(deadline);
    checkLimit(limit);
    if (after < 0) {
      throw invalid(after + " is not a version.");
    }
    return after > contents.version
        ? List.of(new StoreChange.Gap(contents.version))
        : contents.changes.stream()
            .filter(change -> change.version() > after)
            .limit(limit)
            .map(FileStore::copy)
            .toList();
  }

  @Override
  public synchronized Watch watch(long after, Consumer<? super StoreChange> consumer) {
    enter(Deadline.after(java.time.Duration.ofMinutes(1), context.time()));
    if (after < 0) {
      throw invalid(after + " is not a version.");
    }
    var watch = new FileWatch(this::next, after, consumer, watches::remove);
    watches.add(watch);
    watch.start();
    return watch;
  }

  /** The change after a version; waits for it. */
  private synchronized StoreChange next(long after) throws InterruptedException {
    while (contents.version == after) {
      wait();
    }
    return contents.version < after
        ? new StoreChange.Gap(contents.version)
        : contents.changes.stream()
            .filter(change -> change.version() > after)
            .findFirst()
            .map(FileStore::copy)
            .orElseThrow();
  }

  @Override
  public synchronized void backup(Path target, Deadline deadline) {
    enter(deadline);
    try {
      ChangeFile.create(target);
      Files.write(target, Files.readAllBytes(path));
    } catch (FileAlreadyExistsException e) {
      throw invalid("The file '" + target + "' exists.");
    } catch (IOException e) {
      throw problem(
          StandardErrorCode.STORE_UNAVAILABLE, "The backup cannot be written.", "Name another.");
    }
  }

  @Override
  public synchronized List<String> verify(Deadline deadline) {
    enter(deadline);
    try {
      return file.read().equals(contents.changes)
          ? List.of()
          : List.of("The file does not hold what was written.");
    } catch (IOException | RuntimeException e) {
      return List.of("The file is damaged: " + e.getMessage() + ".");
    }
  }

  /** Keys are handed out and taken in as copies, so that their owners may close theirs. */
  private static Client copy(Client client) {
    return new Client(
        client.id(),
        client.name(),
        client.publicKey(),
        client.presharedKey().map(SecretKey::copy),
        client.addresses());
  }

  private static Versioned<Client> copy(Versioned<Client> held) {
    return new Versioned<>(copy(held.value()), held.version());
  }

  private static StoreChange copy(StoreChange change) {
    return change instanceof StoreChange.ClientPut(var client, var version)
        ? new StoreChange.ClientPut(copy(client), version)
        : change;
  }
}
