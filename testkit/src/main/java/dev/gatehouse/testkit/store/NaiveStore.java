package dev.gatehouse.testkit.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The contract written down as plainly as possible: sorted maps, one lock, every question answered
 * by looking at everything. The model that other stores are compared with, and a store for tests of
 * plugins. It keeps nothing, remembers every change, and sweeps only when told to.
 *
 * @since 0.1.0
 */
public class NaiveStore implements AuthorizationStore {

  private final TimeSource time;
  private final Events events;
  private final NavigableMap<ClientId, Versioned<Client>> clients = new TreeMap<>();
  private final NavigableMap<ResourceId, Versioned<Resource>> resources = new TreeMap<>();
  private final NavigableMap<AuthorizationKey, Versioned<Authorization>> authorizations =
      new TreeMap<>();
  private final List<StoreChange> log = new ArrayList<>();
  private final List<NaiveWatch> watches = new ArrayList<>();
  private long version;
  private boolean open;

  /** An empty store that is not open. */
  public NaiveStore(PluginContext context) {
    this(context.time(), context.events());
  }

  /** An empty store that is not open. */
  public NaiveStore(TimeSource time, Events events) {
    this.time = time;
    this.events = events;
  }

  @Override
  public synchronized void start() {
    open = true;
  }

  @Override
  public void stop() {}

  @Override
  public void close() {
    List<NaiveWatch> running;
    synchronized (this) {
      open = false;
      running = List.copyOf(watches);
    }
    running.forEach(NaiveWatch::close);
  }

  /** What every method does first. */
  protected void enter(Deadline deadline) {
    if (!open) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE, "The store is not open.", "Start it.");
    }
    if (deadline.hasPassed(time)) {
      throw new GatehouseException(
          StandardErrorCode.STORE_DEADLINE, "The deadline has passed.", "Try again.");
    }
  }

  /** The moment by which expiry is judged. */
  protected Instant now() {
    return time.now();
  }

  /** The version of the next change. */
  protected long nextVersion() {
    return ++version;
  }

  /** Records a change, tells the watches. */
  protected void record(StoreChange change) {
    log.add(change);
    notifyAll();
  }

  /** Tells the event bus. */
  protected void tell(GatewayEvent event) {
    events.publish(event);
  }

  private boolean isActive(Versioned<Authorization> held) {
    return held.value().isActiveAt(now());
  }

  @Override
  public synchronized long version(Deadline deadline) {
    enter(deadline);
    return version;
  }

  @Override
  public synchronized WriteResult<Client> createClient(Client client, Deadline deadline) {
    enter(deadline);
    return holder(client, other -> true)
        .<WriteResult<Client>>map(taken -> new WriteResult.Conflict<>(Optional.of(taken)))
        .orElseGet(() -> put(client));
  }

  @Override
  public synchronized WriteResult<Client> updateClient(
      Client client, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var before = Optional.ofNullable(clients.get(client.id()));
    if (before.isEmpty() || before.get().version() != expectedVersion) {
      return new WriteResult.Conflict<>(before);
    }
    return holder(client, other -> !other.id().equals(client.id()))
        .<WriteResult<Client>>map(taken -> new WriteResult.Conflict<>(Optional.of(taken)))
        .orElseGet(() -> put(client));
  }

  private Optional<Versioned<Client>> holder(Client client, Predicate<Client> among) {
    var sameId = Optional.ofNullable(clients.get(client.id())).filter(c -> among.test(c.value()));
    return sameId.isPresent()
        ? sameId
        : clients.values().stream()
            .filter(other -> among.test(other.value()) && shares(other.value(), client))
            .findFirst();
  }

  /** Whether two clients claim the same key or address. */
  protected boolean shares(Client one, Client other) {
    return one.publicKey().equals(other.publicKey())
        || other.addresses().all().stream().anyMatch(one.addresses()::contains);
  }

  private WriteResult<Client> put(Client client) {
    var stored = NaiveValues.own(new Versioned<>(client, nextVersion()));
    clients.put(client.id(), stored);
    record(new StoreChange.ClientPut(stored.value(), stored.version()));
    return new WriteResult.Stored<>(NaiveValues.own(stored));
  }

  @Override
  public synchronized boolean removeClient(ClientId client, Deadline deadline) {
    enter(deadline);
    endAll(held -> held.key().client().equals(client), EndReason.REVOKED);
    if (clients.remove(client) == null) {
      return false;
    }
    record(new StoreChange.ClientRemoved(client, nextVersion()));
    return true;
  }

  @Override
  public synchronized Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(clients.get(client)).map(NaiveValues::own);
  }

  @Override
  public synchronized Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    enter(deadline);
    return clients.values().stream()
        .filter(c -> c.value().publicKey().equals(key))
        .findFirst()
        .map(NaiveValues::own);
  }

  @Override
  public synchronized Page<Versioned<Client>> clients(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    return NaiveValues.page(clients, cursor.map(NaiveValues::asClientId), limit, ClientId::value);
  }

  @Override
  public synchronized WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    enter(deadline);
    var taken = Optional.ofNullable(resources.get(resource.id()));
    return taken.isPresent() ? new WriteResult.Conflict<>(taken) : put(resource);
  }

  @Override
  public synchronized WriteResult<Resource> updateResource(
      Resource resource, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var before = Optional.ofNullable(resources.get(resource.id()));
    return before.isEmpty() || before.get().version() != expectedVersion
        ? new WriteResult.Conflict<>(before)
        : put(resource);
  }

  private WriteResult<Resource> put(Resource resource) {
    var stored = new Versioned<>(resource, nextVersion());
    resources.put(resource.id(), stored);
    record(new StoreChange.ResourcePut(resource, stored.version()));
    return new WriteResult.Stored<>(stored);
  }

  @Override
  public synchronized boolean removeResource(ResourceId resource, Deadline deadline) {
    enter(deadline);
    endAll(held -> held.key().resource().equals(resource), EndReason.REVOKED);
    if (resources.remove(resource) == null) {
      return false;
    }
    record(new StoreChange.ResourceRemoved(resource, nextVersion()));
    return true;
  }

  @Override
  public synchronized Optional<Versioned<Resource>> resource(
      ResourceId resource, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(resources.get(resource));
  }

  @Override
  public synchronized Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    return NaiveValues.page(
        resources, cursor.map(NaiveValues::asResourceId), limit, ResourceId::value);
  }

  @Override
  public synchronized WriteResult<Authorization> grant(
      Authorization authorization, Deadline deadline) {
    enter(deadline);
    var key = authorization.key();
    if (!clients.containsKey(key.client()) || !resources.containsKey(key.resource())) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND, "There is no such client or resource.", "Create it.");
    }
    var held = Optional.ofNullable(authorizations.get(key));
    if (held.filter(this::isActive).isPresent()) {
      return new WriteResult.Conflict<>(held);
    }
    held.ifPresent(expired -> end(key, EndReason.EXPIRED));
    var stored = new Versioned<>(authorization, nextVersion());
    authorizations.put(key, stored);
    record(new StoreChange.AuthorizationPut(authorization, stored.version()));
    tell(new GatewayEvent.AuthorizationGranted(now(), authorization, stored.version()));
    return new WriteResult.Stored<>(stored);
  }

  @Override
  public synchronized WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline) {
    enter(deadline);
    var held = Optional.ofNullable(authorizations.get(key)).filter(this::isActive);
    if (held.isEmpty() || held.get().version() != expectedVersion) {
      return new WriteResult.Conflict<>(held);
    }
    return new WriteResult.Stored<>(setExpiry(held.get().value(), expiresAt));
  }

  private Versioned<Authorization> setExpiry(Authorization before, Optional<Instant> expiresAt) {
    var changed = new Authorization(before.key(), before.grantedAt(), expiresAt, before.origin());
    var stored = new Versioned<>(changed, nextVersion());
    authorizations.put(before.key(), stored);
    record(new StoreChange.AuthorizationPut(changed, stored.version()));
    tell(new GatewayEvent.AuthorizationExtended(now(), changed, stored.version()));
    return stored;
  }

  @Override
  public synchronized boolean revoke(AuthorizationKey key, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().equals(key), EndReason.REVOKED) > 0;
  }

  @Override
  public synchronized int revokeClient(ClientId client, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().client().equals(client), EndReason.REVOKED);
  }

  @Override
  public synchronized int revokeResource(ResourceId resource, Deadline deadline) {
    enter(deadline);
    return endAll(held -> held.key().resource().equals(resource), EndReason.REVOKED);
  }

  /** Ends authorizations; those that had expired already end as expired and do not count. */
  private int endAll(Predicate<Authorization> which, EndReason reason) {
    int ended = 0;
    for (var held : List.copyOf(authorizations.values())) {
      if (which.test(held.value())) {
        boolean active = isActive(held);
        end(held.value().key(), active ? reason : EndReason.EXPIRED);
        ended += active ? 1 : 0;
      }
    }
    return ended;
  }

  /** Ends one authorization. */
  protected void end(AuthorizationKey key, EndReason reason) {
    authorizations.remove(key);
    long at = nextVersion();
    record(new StoreChange.AuthorizationRemoved(key, reason, at));
    tell(
        reason == EndReason.EXPIRED
            ? new GatewayEvent.AuthorizationExpired(now(), key, at)
            : new GatewayEvent.AuthorizationRevoked(now(), key, at));
  }

  @Override
  public synchronized Optional<Versioned<Authorization>> authorization(
      AuthorizationKey key, Deadline deadline) {
    enter(deadline);
    return Optional.ofNullable(authorizations.get(key));
  }

  @Override
  public synchronized Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    enter(deadline);
    var after =
        cursor.map(text -> {
          var parts = text.split(" ", -1);
          if (parts.length != 2) {
            throw NaiveValues.invalid("cursor");
          }
          return new AuthorizationKey(
              NaiveValues.asClientId(parts[0]), NaiveValues.asResourceId(parts[1]));
        });
    return NaiveValues.page(
        authorizations, after, limit, key -> key.client() + " " + key.resource());
  }

  @Override
  public synchronized List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    enter(deadline);
    NaiveValues.checkLimit(limit);
    return authorizations.values().stream()
        .filter(held -> held.value().expiresAt().filter(e -> e.isBefore(moment)).isPresent())
        .sorted(Comparator.comparing(held -> held.value().expiresAt().orElseThrow()))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized int sweep(int limit, Deadline deadline) {
    enter(deadline);
    NaiveValues.checkLimit(limit);
    var due =
        authorizations.values().stream().filter(held -> !isActive(held)).limit(limit).toList();
    due.forEach(held -> end(held.value().key(), EndReason.EXPIRED));
    return due.size();
  }

  @Override
  public synchronized Reconciliation.Report reconcile(
      Reconciliation.AuthoritativeList list, Deadline deadline) {
    enter(deadline);
    for (var key : list.listed().keySet()) {
      if (list.client().isPresent() && !list.client().get().equals(key.client())) {
        throw NaiveValues.invalid("list");
      }
    }
    int updated = 0;
    int removed =
        endAll(
            held ->
                list.client().map(held.key().client()::equals).orElse(true)
                    && (!list.listed().containsKey(held.key()) || !held.isActiveAt(now())),
            EndReason.RECONCILED);
    for (var entry : list.listed().entrySet()) {
      var held = authorizations.get(entry.getKey());
      if (held != null && !held.value().expiresAt().equals(entry.getValue())) {
        setExpiry(held.value(), entry.getValue());
        updated++;
      }
    }
    tell(new GatewayEvent.Reconciled(now(), removed, updated, version));
    return new Reconciliation.Report(removed, updated, version);
  }

  @Override
  public synchronized StoreSnapshot snapshot(Deadline deadline) {
    enter(deadline);
    return new StoreSnapshot(
        version,
        clients.values().stream().map(held -> NaiveValues.own(held).value()).toList(),
        resources.values().stream().map(Versioned::value).toList(),
        authorizations.values().stream().map(Versioned::value).toList());
  }

  @Override
  public synchronized List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    enter(deadline);
    NaiveValues.checkLimit(limit);
    if (afterVersion < 0) {
      throw NaiveValues.invalid("version");
    }
    if (afterVersion > version) {
      return List.of(new StoreChange.Gap(version));
    }
    return log.stream()
        .filter(change -> change.version() > afterVersion)
        .limit(limit)
        .map(NaiveValues::own)
        .toList();
  }

  @Override
  public synchronized Watch watch(long afterVersion, Consumer<? super StoreChange> consumer) {
    enter(Deadline.after(Duration.ofSeconds(1), time));
    if (afterVersion < 0) {
      throw NaiveValues.invalid("version");
    }
    var watch = new NaiveWatch(this, afterVersion, consumer);
    watches.add(watch);
    watch.start();
    return watch;
  }

  /** The change after a version; waits for it. */
  synchronized StoreChange next(long after) throws InterruptedException {
    while (true) {
      if (after > version) {
        return new StoreChange.Gap(version);
      }
      for (var change : log) {
        if (change.version() > after) {
          return NaiveValues.own(change);
        }
      }
      wait();
    }
  }

  /** Hands a change to a watcher; a watcher that fails gets the next one all the same. */
  protected void deliver(Consumer<? super StoreChange> consumer, StoreChange change) {
    try {
      consumer.accept(change);
    } catch (RuntimeException e) {
      // its own affair
    }
  }

  @Override
  public void backup(Path file, Deadline deadline) {
    enter(deadline);
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, "nothing to keep");
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID, "The file cannot be created.", "Name another.", e);
    }
  }

  @Override
  public List<String> verify(Deadline deadline) {
    enter(deadline);
    return List.of();
  }
}
