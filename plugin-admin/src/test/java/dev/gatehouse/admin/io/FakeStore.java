package dev.gatehouse.admin.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
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
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A store in maps, as far as the admin API uses it, that can be made to fail or to hang. */
final class FakeStore implements AuthorizationStore {

  private final TimeSource time;
  private final TreeMap<ClientId, Versioned<Client>> clients = new TreeMap<>();
  private final TreeMap<ResourceId, Versioned<Resource>> resources = new TreeMap<>();
  private final TreeMap<AuthorizationKey, Versioned<Authorization>> authorizations =
      new TreeMap<>();
  private final List<StoreChange> changes = new ArrayList<>();
  private long version;

  /** Changes before this version are no longer known. */
  volatile long forgotBefore;

  /** How many clients were listed. */
  volatile int listed;

  volatile Health health = Health.ok();
  final List<Path> backups = new CopyOnWriteArrayList<>();
  List<String> problems = List.of();

  /** Backups wait for this. */
  CompletableFuture<Boolean> working = CompletableFuture.completedFuture(true);

  volatile boolean unavailable;
  volatile @Nullable CountDownLatch hang;

  /** Runs once before the next client is created: what another gateway does meanwhile. */
  volatile @Nullable Runnable beforeCreate;

  /** Runs once before the next client or resource is updated. */
  volatile @Nullable Runnable beforeUpdate;

  /** Runs once before the next authorization is extended. */
  volatile @Nullable Runnable beforeExtend;

  FakeStore(TimeSource time) {
    this.time = time;
  }

  private void enter() {
    if (unavailable) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE, "The store does not answer.", "Start it.");
    }
    var latch = hang;
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}

  @Override
  public Health health() {
    return health;
  }

  @Override
  public synchronized long version(Deadline deadline) {
    enter();
    return version;
  }

  @Override
  public synchronized WriteResult<Client> createClient(Client client, Deadline deadline) {
    enter();
    var meanwhile = beforeCreate;
    beforeCreate = null;
    if (meanwhile != null) {
      meanwhile.run();
    }
    for (var other : clients.values()) {
      var known = other.value();
      if (known.id().equals(client.id())
          || known.publicKey().equals(client.publicKey())
          || client.addresses().all().stream().anyMatch(known.addresses()::contains)) {
        return new WriteResult.Conflict<>(Optional.of(other));
      }
    }
    changes.add(new StoreChange.ClientPut(client, version + 1));
    return stored(clients, client.id(), copy(client));
  }

  @Override
  public synchronized WriteResult<Client> updateClient(
      Client client, long expected, Deadline deadline) {
    enter();
    runBeforeUpdate();
    var known = clients.get(client.id());
    boolean taken =
        clients.values().stream()
            .map(Versioned::value)
            .filter(other -> !other.id().equals(client.id()))
            .anyMatch(other ->
                other.publicKey().equals(client.publicKey())
                    || client.addresses().all().stream().anyMatch(other.addresses()::contains));
    if (known == null || known.version() != expected || taken) {
      return new WriteResult.Conflict<>(Optional.ofNullable(known));
    }
    changes.add(new StoreChange.ClientPut(client, version + 1));
    return stored(clients, client.id(), copy(client));
  }

  @Override
  public synchronized boolean removeClient(ClientId client, Deadline deadline) {
    enter();
    authorizations.keySet().removeIf(key -> key.client().equals(client));
    changes.add(new StoreChange.ClientRemoved(client, ++version));
    return clients.remove(client) != null;
  }

  @Override
  public synchronized Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    enter();
    return Optional.ofNullable(clients.get(client)).map(FakeStore::copy);
  }

  @Override
  public synchronized Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    enter();
    return clients.values().stream()
        .filter(c -> c.value().publicKey().equals(key))
        .findFirst()
        .map(FakeStore::copy);
  }

  @Override
  public synchronized Page<Versioned<Client>> clients(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter();
    listed++;
    var page = page(clients, cursor.map(ClientId::new), limit, last -> last.value());
    return new Page<>(page.items().stream().map(FakeStore::copy).toList(), page.next());
  }

  @Override
  public synchronized WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    enter();
    var known = resources.get(resource.id());
    return known != null
        ? new WriteResult.Conflict<>(Optional.of(known))
        : stored(resources, resource.id(), resource);
  }

  @Override
  public synchronized WriteResult<Resource> updateResource(
      Resource resource, long expected, Deadline deadline) {
    enter();
    runBeforeUpdate();
    var known = resources.get(resource.id());
    return known == null || known.version() != expected
        ? new WriteResult.Conflict<>(Optional.ofNullable(known))
        : stored(resources, resource.id(), resource);
  }

  private void runBeforeUpdate() {
    var meanwhile = beforeUpdate;
    beforeUpdate = null;
    if (meanwhile != null) {
      meanwhile.run();
    }
  }

  @Override
  public synchronized boolean removeResource(ResourceId resource, Deadline deadline) {
    enter();
    authorizations.keySet().removeIf(key -> key.resource().equals(resource));
    return resources.remove(resource) != null;
  }

  @Override
  public synchronized Optional<Versioned<Resource>> resource(
      ResourceId resource, Deadline deadline) {
    enter();
    return Optional.ofNullable(resources.get(resource));
  }

  @Override
  public synchronized Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter();
    return page(resources, cursor.map(ResourceId::new), limit, last -> last.value());
  }

  @Override
  public synchronized WriteResult<Authorization> grant(
      Authorization authorization, Deadline deadline) {
    enter();
    var key = authorization.key();
    if (!clients.containsKey(key.client()) || !resources.containsKey(key.resource())) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND, "Client or resource does not exist.", "Add it first.");
    }
    var known = authorizations.get(key);
    return known != null && known.value().isActiveAt(time.now())
        ? new WriteResult.Conflict<>(Optional.of(known))
        : stored(authorizations, key, authorization);
  }

  @Override
  public synchronized WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expected, Deadline deadline) {
    enter();
    var meanwhile = beforeExtend;
    beforeExtend = null;
    if (meanwhile != null) {
      meanwhile.run();
    }
    var known = authorizations.get(key);
    if (known == null || known.version() != expected || !known.value().isActiveAt(time.now())) {
      return new WriteResult.Conflict<>(Optional.ofNullable(known));
    }
    var old = known.value();
    return stored(
        authorizations, key, new Authorization(key, old.grantedAt(), expiresAt, old.origin()));
  }

  @Override
  public synchronized boolean revoke(AuthorizationKey key, Deadline deadline) {
    enter();
    return authorizations.remove(key) != null;
  }

  @Override
  public synchronized int revokeClient(ClientId client, Deadline deadline) {
    enter();
    int before = authorizations.size();
    authorizations.keySet().removeIf(key -> key.client().equals(client));
    return before - authorizations.size();
  }

  @Override
  public synchronized int revokeResource(ResourceId resource, Deadline deadline) {
    enter();
    int before = authorizations.size();
    authorizations.keySet().removeIf(key -> key.resource().equals(resource));
    return before - authorizations.size();
  }

  @Override
  public synchronized Optional<Versioned<Authorization>> authorization(
      AuthorizationKey key, Deadline deadline) {
    return Optional.ofNullable(authorizations.get(key));
  }

  @Override
  public synchronized Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter();
    return page(
        authorizations,
        cursor.map(text ->
            new AuthorizationKey(
                new ClientId(text.substring(0, text.indexOf(' '))),
                new ResourceId(text.substring(text.indexOf(' ') + 1)))),
        limit,
        last -> last.client() + " " + last.resource());
  }

  @Override
  public List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int sweep(int limit, Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Reconciliation.Report reconcile(Reconciliation.AuthoritativeList list, Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public StoreSnapshot snapshot(Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    enter();
    if (forgotBefore > afterVersion) {
      return List.of(new StoreChange.Gap(forgotBefore));
    }
    return changes.stream().filter(c -> c.version() > afterVersion).limit(limit).toList();
  }

  @Override
  public Watch watch(long afterVersion, Consumer<? super StoreChange> consumer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void backup(Path file, Deadline deadline) {
    working.join();
    if (backups.contains(file)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID, "The file '" + file + "' exists.", "Name a new file.");
    }
    backups.add(file);
  }

  @Override
  public List<String> verify(Deadline deadline) {
    return problems;
  }

  /** Keys that are handed out are copies. */
  private static Versioned<Client> copy(Versioned<Client> client) {
    return new Versioned<>(copy(client.value()), client.version());
  }

  private static Client copy(Client client) {
    return new Client(
        client.id(),
        client.name(),
        client.publicKey(),
        client.presharedKey().map(SecretKey::copy),
        client.addresses());
  }

  private <K, T> WriteResult<T> stored(NavigableMap<K, Versioned<T>> map, K key, T value) {
    var versioned = new Versioned<>(value, ++version);
    map.put(key, versioned);
    return new WriteResult.Stored<>(versioned);
  }

  private static <K, T> Page<Versioned<T>> page(
      NavigableMap<K, Versioned<T>> map, Optional<K> after, int limit, Function<K, String> cursor) {
    NavigableMap<K, Versioned<T>> rest = after.map(k -> map.tailMap(k, false)).orElse(map);
    var items = new ArrayList<Versioned<T>>();
    K last = null;
    for (var entry : rest.entrySet()) {
      if (items.size() == limit) {
        return new Page<>(items, Optional.of(cursor.apply(Objects.requireNonNull(last))));
      }
      items.add(entry.getValue());
      last = entry.getKey();
    }
    return new Page<>(items, Optional.empty());
  }
}
