package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows that the operations of one transaction see, and what they change, one after the other.
 * Every change gets a version of its own. Not safe for concurrent use.
 */
public final class WorkingSet {

  private final Moment now;
  private final Map<ClientId, Versioned<Client>> clients = new LinkedHashMap<>();
  private final Map<ResourceId, Versioned<Resource>> resources = new LinkedHashMap<>();
  private final Map<AuthorizationKey, Versioned<Authorization>> authorizations = new TreeMap<>();
  private final Set<ClientId> changedClients = new LinkedHashSet<>();
  private final Set<ResourceId> changedResources = new LinkedHashSet<>();
  private final Set<AuthorizationKey> changedAuthorizations = new LinkedHashSet<>();
  private final List<LoggedChange> changes = new ArrayList<>();
  private final List<GatewayEvent> events = new ArrayList<>();
  private long version;

  /**
   * Without any rows yet.
   *
   * @param version the store's version, after which new ones are counted
   * @param now the time to judge by
   */
  public WorkingSet(long version, Moment now) {
    this.version = version;
    this.now = now;
  }

  /** The time to judge by. */
  public Moment now() {
    return now;
  }

  /** The newest version given out. */
  public long version() {
    return version;
  }

  /** Puts a stored client in. */
  public void loadClient(Versioned<Client> client) {
    clients.put(client.value().id(), client);
  }

  /** Puts a stored resource in. */
  public void loadResource(Versioned<Resource> resource) {
    resources.put(resource.value().id(), resource);
  }

  /** Puts a stored authorization in. */
  public void loadAuthorization(Versioned<Authorization> authorization) {
    authorizations.put(authorization.value().key(), authorization);
  }

  /** A client, or null. */
  public @Nullable Versioned<Client> client(ClientId id) {
    return clients.get(id);
  }

  /** A resource, or null. */
  public @Nullable Versioned<Resource> resource(ResourceId id) {
    return resources.get(id);
  }

  /** An authorization, or null. */
  public @Nullable Versioned<Authorization> authorization(AuthorizationKey key) {
    return authorizations.get(key);
  }

  /** Another client that has this one's key or one of its addresses, or null. */
  @Nullable Versioned<Client> holderOfIdentity(Client client) {
    for (var other : clients.values()) {
      var value = other.value();
      if (!value.id().equals(client.id())
          && (value.publicKey().equals(client.publicKey()) || shareAddress(value, client))) {
        return other;
      }
    }
    return null;
  }

  private static boolean shareAddress(Client one, Client other) {
    for (IpAddress address : one.addresses().all()) {
      if (other.addresses().contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** All authorizations that are loaded, in the order of keys. */
  List<Versioned<Authorization>> authorizations() {
    return List.copyOf(authorizations.values());
  }

  /** Whether an authorization counts. */
  boolean isActive(Versioned<Authorization> authorization) {
    return authorization.value().expiresAt().map(end -> !now.isOver(end)).orElse(true);
  }

  Versioned<Client> put(Client client) {
    log(new StoreChange.ClientPut(client, ++version), false);
    var stored = new Versioned<>(client, version);
    clients.put(client.id(), stored);
    changedClients.add(client.id());
    return stored;
  }

  Versioned<Resource> put(Resource resource) {
    log(new StoreChange.ResourcePut(resource, ++version), false);
    var stored = new Versioned<>(resource, version);
    resources.put(resource.id(), stored);
    changedResources.add(resource.id());
    return stored;
  }

  Versioned<Authorization> put(Authorization authorization) {
    boolean isNew = !authorizations.containsKey(authorization.key());
    log(new StoreChange.AuthorizationPut(authorization, ++version), isNew);
    var stored = new Versioned<>(authorization, version);
    authorizations.put(authorization.key(), stored);
    changedAuthorizations.add(authorization.key());
    return stored;
  }

  void remove(ClientId client) {
    log(new StoreChange.ClientRemoved(client, ++version), false);
    clients.remove(client);
    changedClients.add(client);
  }

  void remove(ResourceId resource) {
    log(new StoreChange.ResourceRemoved(resource, ++version), false);
    resources.remove(resource);
    changedResources.add(resource);
  }

  void remove(AuthorizationKey key, EndReason reason) {
    log(new StoreChange.AuthorizationRemoved(key, reason, ++version), false);
    authorizations.remove(key);
    changedAuthorizations.add(key);
  }

  private void log(StoreChange change, boolean isNew) {
    changes.add(new LoggedChange(change, isNew));
  }

  /** Tells something besides the changes themselves. */
  void tell(GatewayEvent event) {
    events.add(event);
  }

  /** The changes so far, in the order of versions. */
  public List<LoggedChange> changes() {
    return List.copyOf(changes);
  }

  /** What is to be told besides the changes. */
  public List<GatewayEvent> events() {
    return List.copyOf(events);
  }

  /** Which clients changed. */
  public Set<ClientId> changedClients() {
    return changedClients;
  }

  /** Which resources changed. */
  public Set<ResourceId> changedResources() {
    return changedResources;
  }

  /** Which authorizations changed. */
  public Set<AuthorizationKey> changedAuthorizations() {
    return changedAuthorizations;
  }
}
