package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Clients, resources and authorizations with the indexes that answer the store's questions. Not
 * safe for concurrent use.
 */
public final class Tables {

  private final NavigableMap<ClientId, Versioned<Client>> clients = new TreeMap<>();
  private final Map<PublicKey, ClientId> byKey = new HashMap<>();
  private final Map<IpAddress, ClientId> byAddress = new HashMap<>();
  private final NavigableMap<ResourceId, Versioned<Resource>> resources = new TreeMap<>();
  private final NavigableMap<ClientId, NavigableMap<ResourceId, Held>> authorizations =
      new TreeMap<>();
  private final Map<ResourceId, Set<ClientId>> byResource = new HashMap<>();
  private final TreeSet<Ending> endings = new TreeSet<>();
  private List<Ending> loadedEndings = new ArrayList<>();
  private Map.@Nullable Entry<ClientId, NavigableMap<ResourceId, Held>> lastAsked;
  private Duration largestOffset = Duration.ZERO;
  private boolean inOrderOfExpiry = true;
  private int authorizationCount;
  private long version;

  /** Empty tables at version 0. */
  public Tables() {}

  /** The version of the newest change that was applied. */
  public long version() {
    return version;
  }

  /** Ends the loading row by row: sets the version, and puts the endings in order. */
  public void loadedAt(long newest) {
    version = newest;
    endings.addAll(Ending.inOrder(loadedEndings));
    loadedEndings = new ArrayList<>();
  }

  /** How many clients there are. */
  public int clientCount() {
    return clients.size();
  }

  /** How many resources there are. */
  public int resourceCount() {
    return resources.size();
  }

  /** How many authorizations there are, expired ones that were not swept yet included. */
  public int authorizationCount() {
    return authorizationCount;
  }

  /** Clients by id. */
  public NavigableMap<ClientId, Versioned<Client>> clients() {
    return Collections.unmodifiableNavigableMap(clients);
  }

  /** Resources by id. */
  public NavigableMap<ResourceId, Versioned<Resource>> resources() {
    return Collections.unmodifiableNavigableMap(resources);
  }

  /** One client, or null. */
  public @Nullable Versioned<Client> client(ClientId id) {
    return clients.get(id);
  }

  /** One resource, or null. */
  public @Nullable Versioned<Resource> resource(ResourceId id) {
    return resources.get(id);
  }

  /** The client with this key, or null. */
  public @Nullable Versioned<Client> clientByKey(PublicKey key) {
    var id = byKey.get(key);
    return id == null ? null : clients.get(id);
  }

  /** The client with this tunnel address, or null. */
  public @Nullable Versioned<Client> clientByAddress(IpAddress address) {
    var id = byAddress.get(address);
    return id == null ? null : clients.get(id);
  }

  /** One authorization, or null. */
  public @Nullable Held authorization(AuthorizationKey key) {
    var ofClient = authorizations.get(key.client());
    return ofClient == null ? null : ofClient.get(key.resource());
  }

  /** All authorizations of a client, in order. */
  public List<Held> authorizationsOf(ClientId client) {
    var ofClient = authorizations.get(client);
    return ofClient == null ? List.of() : List.copyOf(ofClient.values());
  }

  /** All authorizations for a resource, in no order. */
  public List<Held> authorizationsFor(ResourceId resource) {
    var holders = new ArrayList<Held>();
    for (var client : byResource.getOrDefault(resource, Set.of())) {
      var held = authorization(new AuthorizationKey(client, resource));
      if (held != null) {
        holders.add(held);
      }
    }
    return holders;
  }

  /** Every authorization, in the order of keys. */
  public void forEachAuthorization(Consumer<Held> consumer) {
    authorizations.values().forEach(ofClient -> ofClient.values().forEach(consumer));
  }

  /** Authorizations whose keys come after this one, at most {@code limit}. */
  public List<Held> authorizationsAfter(Optional<AuthorizationKey> after, int limit) {
    var found = new ArrayList<Held>();
    var rest = after.map(key -> authorizations.tailMap(key.client(), true)).orElse(authorizations);
    for (var ofClient : rest.entrySet()) {
      boolean sameClient = after.isPresent() && after.get().client().equals(ofClient.getKey());
      var tail =
          sameClient
              ? ofClient.getValue().tailMap(after.get().resource(), false)
              : ofClient.getValue();
      for (var held : tail.values()) {
        if (found.size() == limit) {
          return found;
        }
        found.add(held);
      }
    }
    return found;
  }

  /** Authorizations with an expiry before the moment, soonest first. */
  public List<Held> expiringBefore(Instant moment, int limit) {
    var found = new ArrayList<Held>();
    var last = Held.shifted(moment, largestOffset);
    for (var ending : endings) {
      if (!ending.isBefore(last) || (inOrderOfExpiry && found.size() == limit)) {
        break;
      }
      var held = authorization(ending.key());
      if (held != null && held.stored().value().expiresAt().orElseThrow().isBefore(moment)) {
        found.add(held);
      }
    }
    found.sort(Comparator.comparing(held -> held.stored().value().expiresAt().orElseThrow()));
    return found.size() <= limit ? found : found.subList(0, limit);
  }

  /** Authorizations whose end on the timeline has come, soonest first. */
  public List<Held> dueAt(Moment now, int limit) {
    var due = new ArrayList<Held>();
    for (var ending : endings) {
      if (ending.isAfter(now.timeline()) || due.size() == limit) {
        break;
      }
      var held = authorization(ending.key());
      if (held != null) {
        due.add(held);
      }
    }
    return due;
  }

  /** Carries out a change. */
  public void apply(Edit edit) {
    switch (edit.change()) {
      case StoreChange.ClientPut put -> load(new Versioned<>(put.client(), put.version()));
      case StoreChange.ClientRemoved removed -> forget(clients.remove(removed.client()));
      case StoreChange.ResourcePut put ->
          loadResource(new Versioned<>(put.resource(), put.version()));
      case StoreChange.ResourceRemoved removed -> resources.remove(removed.resource());
      case StoreChange.AuthorizationPut put ->
          load(new Held(new Versioned<>(put.authorization(), put.version()), edit.offset()));
      case StoreChange.AuthorizationRemoved removed -> remove(removed.key());
      case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
    }
    version = Math.max(version, edit.change().version());
  }

  /** Puts a client in, in place of what was stored with its id. */
  public void load(Versioned<Client> client) {
    forget(clients.put(client.value().id(), client));
    var id = client.value().id();
    byKey.put(client.value().publicKey(), id);
    client.value().addresses().all().forEach(address -> byAddress.put(address, id));
  }

  /** Puts a resource in, in place of what was stored with its id. */
  public void loadResource(Versioned<Resource> resource) {
    resources.put(resource.value().id(), resource);
  }

  /** Puts an authorization in, in place of what was stored with its key. */
  public void load(Held held) {
    var key = sharing(held.key());
    remove(key);
    var shared = withKey(held, key);
    insert(shared);
    shared.end().ifPresent(end -> endings.add(Ending.of(end, shared)));
  }

  /**
   * Puts an authorization in whose key is not there yet, while everything is being loaded; {@link
   * #loadedAt} has to follow before anything else is done.
   */
  public void loadNew(Held held) {
    insert(held);
    held.end().ifPresent(end -> loadedEndings.add(Ending.of(end, held)));
  }

  /** The authorizations of a client, which is often the one that was asked for last. */
  private NavigableMap<ResourceId, Held> ofClient(ClientId client) {
    var last = lastAsked;
    if (last != null && last.getKey().equals(client) && !last.getValue().isEmpty()) {
      return last.getValue();
    }
    var found = authorizations.computeIfAbsent(client, k -> new TreeMap<>());
    lastAsked = Map.entry(client, found);
    return found;
  }

  private void insert(Held held) {
    var key = held.key();
    ofClient(key.client()).put(key.resource(), held);
    byResource.computeIfAbsent(key.resource(), k -> new HashSet<>()).add(key.client());
    inOrderOfExpiry &= held.offset().isZero();
    if (held.offset().compareTo(largestOffset) > 0) {
      largestOffset = held.offset();
    }
    authorizationCount++;
  }

  /** The same key made of the ids of the stored client and resource, so that each exists once. */
  private AuthorizationKey sharing(AuthorizationKey key) {
    var client = clients.get(key.client());
    var resource = resources.get(key.resource());
    return client == null || resource == null
        ? key
        : new AuthorizationKey(client.value().id(), resource.value().id());
  }

  private static Held withKey(Held held, AuthorizationKey key) {
    var value = held.stored().value();
    var shared = new Authorization(key, value.grantedAt(), value.expiresAt(), value.origin());
    return new Held(new Versioned<>(shared, held.stored().version()), held.offset());
  }

  private void forget(@Nullable Versioned<Client> client) {
    if (client != null) {
      byKey.remove(client.value().publicKey(), client.value().id());
      for (var address : client.value().addresses().all()) {
        byAddress.remove(address, client.value().id());
      }
    }
  }

  private void remove(AuthorizationKey key) {
    var ofClient = authorizations.get(key.client());
    var held = ofClient == null ? null : ofClient.remove(key.resource());
    if (ofClient == null || held == null) {
      return;
    }
    if (ofClient.isEmpty()) {
      authorizations.remove(key.client());
    }
    var holders = byResource.get(key.resource());
    if (holders != null && holders.remove(key.client()) && holders.isEmpty()) {
      byResource.remove(key.resource());
    }
    held.end().ifPresent(end -> endings.remove(Ending.of(end, held)));
    authorizationCount--;
  }
}
