package dev.gatehouse.gateway.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.EndReason;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The part of a store that the policy stage reads, with faults to switch on. */
final class FakeStore implements AuthorizationStore {

  private final Map<ClientId, Client> clients = new TreeMap<>();
  private final Map<ResourceId, Resource> resources = new TreeMap<>();
  private final Map<AuthorizationKey, Authorization> authorizations = new TreeMap<>();
  private final List<StoreChange> log = new ArrayList<>();
  private final List<Consumer<? super StoreChange>> watchers = new ArrayList<>();
  private long version;
  private long remembersAfter;

  /** While on, every read fails as if the store could not be reached. */
  boolean down;

  /** While on, no watcher is told anything. */
  boolean mute;

  /** Whether the store believes the clock. */
  boolean knowsTime = true;

  int snapshots;
  int reads;

  void put(Client client) {
    clients.put(client.id(), client);
    record(new StoreChange.ClientPut(client, ++version));
  }

  void put(Resource resource) {
    resources.put(resource.id(), resource);
    record(new StoreChange.ResourcePut(resource, ++version));
  }

  void put(Authorization authorization) {
    authorizations.put(authorization.key(), authorization);
    record(new StoreChange.AuthorizationPut(authorization, ++version));
  }

  @Override
  public boolean removeClient(ClientId client, Deadline deadline) {
    authorizations.keySet().removeIf(key -> key.client().equals(client));
    boolean was = clients.remove(client) != null;
    record(new StoreChange.ClientRemoved(client, ++version));
    return was;
  }

  boolean revoke(AuthorizationKey key) {
    boolean was = authorizations.remove(key) != null;
    record(new StoreChange.AuthorizationRemoved(key, EndReason.REVOKED, ++version));
    return was;
  }

  /** Everything that was authorized, revoked under one version. */
  void revokeAll() {
    version++;
    var keys = List.copyOf(authorizations.keySet());
    authorizations.clear();
    keys.forEach(
        key -> record(new StoreChange.AuthorizationRemoved(key, EndReason.REVOKED, version)));
  }

  /** Forgets the history, as a store does that keeps only so much of it. */
  void forgetChanges() {
    log.clear();
    remembersAfter = version;
  }

  /** Goes back to an empty store with an old version, as after restoring an old backup. */
  void restoreEmptyBackup() {
    clients.clear();
    resources.clear();
    authorizations.clear();
    log.clear();
    version = 1;
    remembersAfter = 1;
  }

  private void record(StoreChange change) {
    log.add(change);
    if (!mute) {
      List.copyOf(watchers).forEach(watcher -> watcher.accept(change));
    }
  }

  int watchers() {
    return watchers.size();
  }

  private void check() {
    reads++;
    if (down) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE, "The test has unplugged the store.", "");
    }
  }

  @Override
  public boolean knowsTime() {
    return knowsTime;
  }

  @Override
  public long version(Deadline deadline) {
    check();
    return version;
  }

  @Override
  public StoreSnapshot snapshot(Deadline deadline) {
    check();
    snapshots++;
    return contents();
  }

  @Override
  public List<StoreChange> changes(long afterVersion, int limit, Deadline deadline) {
    check();
    if (afterVersion < remembersAfter) {
      return List.of(new StoreChange.Gap(remembersAfter));
    }
    return log.stream().filter(change -> change.version() > afterVersion).limit(limit).toList();
  }

  @Override
  public Watch watch(long afterVersion, Consumer<? super StoreChange> consumer) {
    check();
    watchers.add(consumer);
    return () -> watchers.remove(consumer);
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}

  /** What a reader would be given now. */
  StoreSnapshot contents() {
    return new StoreSnapshot(
        version,
        List.copyOf(clients.values()),
        List.copyOf(resources.values()),
        List.copyOf(authorizations.values()));
  }

  /** The gateway died: its watches are gone with it. */
  void forgetWatchers() {
    watchers.clear();
  }

  void removeResource(ResourceId resource) {
    authorizations.keySet().removeIf(key -> key.resource().equals(resource));
    resources.remove(resource);
    record(new StoreChange.ResourceRemoved(resource, ++version));
  }

  private static UnsupportedOperationException unused() {
    return new UnsupportedOperationException("the policy stage does not call this");
  }

  @Override
  public WriteResult<Client> createClient(Client client, Deadline deadline) {
    throw unused();
  }

  @Override
  public WriteResult<Client> updateClient(Client client, long expectedVersion, Deadline deadline) {
    throw unused();
  }

  @Override
  public Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
    throw unused();
  }

  @Override
  public Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline) {
    throw unused();
  }

  @Override
  public Page<Versioned<Client>> clients(Optional<String> cursor, int limit, Deadline deadline) {
    throw unused();
  }

  @Override
  public WriteResult<Resource> createResource(Resource resource, Deadline deadline) {
    throw unused();
  }

  @Override
  public WriteResult<Resource> updateResource(
      Resource resource, long expectedVersion, Deadline deadline) {
    throw unused();
  }

  @Override
  public boolean removeResource(ResourceId resource, Deadline deadline) {
    throw unused();
  }

  @Override
  public Optional<Versioned<Resource>> resource(ResourceId resource, Deadline deadline) {
    throw unused();
  }

  @Override
  public Page<Versioned<Resource>> resources(
      Optional<String> cursor, int limit, Deadline deadline) {
    throw unused();
  }

  @Override
  public WriteResult<Authorization> grant(Authorization authorization, Deadline deadline) {
    throw unused();
  }

  @Override
  public WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline) {
    throw unused();
  }

  @Override
  public boolean revoke(AuthorizationKey key, Deadline deadline) {
    throw unused();
  }

  @Override
  public int revokeClient(ClientId client, Deadline deadline) {
    throw unused();
  }

  @Override
  public int revokeResource(ResourceId resource, Deadline deadline) {
    throw unused();
  }

  @Override
  public Optional<Versioned<Authorization>> authorization(AuthorizationKey key, Deadline deadline) {
    throw unused();
  }

  @Override
  public Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline) {
    throw unused();
  }

  @Override
  public List<Versioned<Authorization>> expiringBefore(
      Instant moment, int limit, Deadline deadline) {
    throw unused();
  }

  @Override
  public int sweep(int limit, Deadline deadline) {
    throw unused();
  }

  @Override
  public Reconciliation.Report reconcile(Reconciliation.AuthoritativeList list, Deadline deadline) {
    throw unused();
  }

  @Override
  public void backup(Path file, Deadline deadline) {
    throw unused();
  }

  @Override
  public List<String> verify(Deadline deadline) {
    throw unused();
  }
}
