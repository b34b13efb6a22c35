package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's copy of the store: follows it change by change and compiles it into policy tables.
 * It knows nothing of connections. Applying a change twice changes nothing. One thread.
 */
public final class PolicyModel {

  private final PolicyTable.Surroundings surroundings;
  private int icmpErrorsPerSecond;
  private final Map<ClientId, Entry> clients = new TreeMap<>();
  private final Map<ResourceId, Resource> resources = new TreeMap<>();
  private final Map<ClientId, Map<ResourceId, Authorization>> authorizations = new TreeMap<>();
  private final Map<AuthorizationKey, Authorization> expired = new TreeMap<>();
  private final Set<ClientId> stale = new TreeSet<>();
  private final Map<ClientId, ClientPolicy> compiled = new TreeMap<>();
  private int nextHandle;
  private long clientsRevision;
  private long version = -1;

  /**
   * A client with its peer handle. The handle changes with the public key, so that a packet opened
   * under the old key can never pass for one under the new key.
   *
   * @param handle the handle of its peer
   * @param client who it is
   * @param icmpErrors limits the ICMP errors it is sent
   * @param nat its address translation, which is made anew when its addresses change
   */
  public record Entry(int handle, Client client, TokenBucket icmpErrors, ClientNat nat) {}

  /**
   * How much there is of everything.
   *
   * @param clients clients
   * @param resources resources
   * @param dnsResources resources that are DNS names
   * @param activeAuthorizations authorizations that have not expired
   */
  public record Counts(int clients, int resources, int dnsResources, int activeAuthorizations) {}

  /**
   * An empty model.
   *
   * @param surroundings the gateway's own addresses and networks
   * @param icmpErrorsPerSecond how many ICMP errors a client is sent per second at most
   */
  public PolicyModel(PolicyTable.Surroundings surroundings, int icmpErrorsPerSecond) {
    this.surroundings = surroundings;
    this.icmpErrorsPerSecond = icmpErrorsPerSecond;
  }

  /** Sends every client another number of ICMP errors a second at most. */
  public void icmpErrorsPerSecond(int most, long nowNanos) {
    if (most != icmpErrorsPerSecond) {
      icmpErrorsPerSecond = most;
      clients.replaceAll((_, entry) ->
          new Entry(entry.handle(), entry.client(), new TokenBucket(most, nowNanos), entry.nat()));
      stale.addAll(clients.keySet());
    }
  }

  /** The version of the newest change that is known; -1 before the first snapshot. */
  public long version() {
    return version;
  }

  /** All clients with their handles, in the order of their ids. */
  public List<Entry> clients() {
    return List.copyOf(clients.values());
  }

  /** A number that grows whenever {@link #clients} changes. */
  public long clientsRevision() {
    return clientsRevision;
  }

  /** Replaces everything by a snapshot; clients with the same key keep their handles. */
  public void reset(StoreSnapshot snapshot, long nowNanos) {
    stale.addAll(clients.keySet());
    var kept = new TreeSet<ClientId>();
    for (var client : snapshot.clients()) {
      kept.add(client.id());
      put(client, nowNanos);
    }
    if (clients.keySet().retainAll(kept)) {
      clientsRevision++;
    }
    resources.clear();
    authorizations.clear();
    for (var resource : snapshot.resources()) {
      resources.put(resource.id(), resource);
    }
    var listed = new TreeSet<AuthorizationKey>();
    for (var authorization : snapshot.authorizations()) {
      listed.add(authorization.key());
      put(authorization);
    }
    expired.keySet().retainAll(listed);
    version = snapshot.version();
  }

  /**
   * Applies one change. A {@link StoreChange.Gap} is the caller's business: it needs a snapshot.
   *
   * @param nowNanos the monotonic clock
   */
  public void apply(StoreChange change, long nowNanos) {
    switch (change) {
      case StoreChange.ClientPut put -> put(put.client(), nowNanos);
      case StoreChange.ClientRemoved removed -> {
        clients.remove(removed.client());
        clientsRevision++;
        authorizations.remove(removed.client());
        expired.keySet().removeIf(key -> key.client().equals(removed.client()));
        stale.add(removed.client());
      }
      case StoreChange.ResourcePut put -> {
        resources.put(put.resource().id(), put.resource());
        markUsersOf(put.resource().id());
      }
      case StoreChange.ResourceRemoved removed -> {
        resources.remove(removed.resource());
        markUsersOf(removed.resource());
        authorizations.values().forEach(held -> held.remove(removed.resource()));
        expired.keySet().removeIf(key -> key.resource().equals(removed.resource()));
      }
      case StoreChange.AuthorizationPut put -> put(put.authorization());
      case StoreChange.AuthorizationRemoved removed -> {
        var held = authorizations.get(removed.key().client());
        if (held != null) {
          held.remove(removed.key().resource());
        }
        expired.remove(removed.key());
        stale.add(removed.key().client());
      }
      case StoreChange.Gap gap ->
          throw new IllegalArgumentException("a gap is closed by a snapshot, not applied: " + gap);
    }
    version = Math.max(version, change.version());
  }

  private void put(Client client, long nowNanos) {
    var known = clients.get(client.id());
    if (known != null && known.client().equals(client)) {
      return;
    }
    clientsRevision++;
    if (known == null || !known.client().publicKey().equals(client.publicKey())) {
      var bucket = new TokenBucket(icmpErrorsPerSecond, nowNanos);
      clients.put(client.id(), new Entry(nextHandle++, client, bucket, nat(known, client)));
    } else {
      clients.put(
          client.id(), new Entry(known.handle(), client, known.icmpErrors(), nat(known, client)));
    }
    stale.add(client.id());
  }

  private ClientNat nat(@Nullable Entry known, Client client) {
    return known != null && known.client().addresses().equals(client.addresses())
        ? known.nat()
        : new ClientNat(surroundings.salt());
  }

  private void put(Authorization authorization) {
    var key = authorization.key();
    stale.add(key.client());
    // What this gateway has seen expire stays expired, whatever the wall clock does next.
    if (authorization.equals(expired.get(key))) {
      return;
    }
    expired.remove(key);
    authorizations
        .computeIfAbsent(key.client(), _ -> new TreeMap<>())
        .put(key.resource(), authorization);
  }

  private void markUsersOf(ResourceId resource) {
    authorizations.forEach((client, held) -> {
      if (held.containsKey(resource)) {
        stale.add(client);
      }
    });
  }

  /** Removes what has expired; returns how many authorizations that were. */
  public int expire(Instant now) {
    int before = expired.size();
    authorizations.forEach((client, held) ->
        held.values()
            .removeIf(authorization -> {
              if (authorization.isActiveAt(now)) {
                return false;
              }
              expired.put(authorization.key(), authorization);
              stale.add(client);
              return true;
            }));
    return expired.size() - before;
  }

  /** Whether something changed since the last {@link #compile}. */
  public boolean isStale() {
    return !stale.isEmpty();
  }

  /** A table of what is known now. Policies of clients that did not change are used again. */
  public PolicyTable compile() {
    for (var id : stale) {
      var entry = clients.get(id);
      if (entry == null) {
        compiled.remove(id);
      } else {
        compiled.put(
            id,
            new ClientPolicy(
                entry.handle(), entry.client(), grantsOf(id), entry.icmpErrors(), entry.nat()));
      }
    }
    stale.clear();
    return new PolicyTable(surroundings, version, compiled.values());
  }

  private List<Grant> grantsOf(ClientId client) {
    var grants = new ArrayList<Grant>();
    for (var authorization : authorizations.getOrDefault(client, Map.of()).values()) {
      Optional.ofNullable(resources.get(authorization.key().resource()))
          .ifPresent(resource -> grants.add(grant(resource, authorization)));
    }
    return grants;
  }

  private static Grant grant(Resource resource, Authorization authorization) {
    long expiresAt = authorization.expiresAt().map(WallClock::nanosOf).orElse(WallClock.NEVER);
    return new Grant(resource, PortFilter.of(resource.filters()), expiresAt);
  }

  /** The patterns of all resources that are names of the DNS, authorized or not. */
  public List<DomainPattern> patterns() {
    return resources.values().stream()
        .filter(resource -> resource.destination() instanceof Destination.DnsName)
        .map(resource -> DomainPattern.of(resource.destination().toString()))
        .toList();
  }

  /** How much there is of everything. */
  public Counts counts(Instant now) {
    int active = 0;
    for (var held : authorizations.values()) {
      for (var authorization : held.values()) {
        active += authorization.isActiveAt(now) ? 1 : 0;
      }
    }
    int dns = 0;
    for (var resource : resources.values()) {
      dns += resource.destination() instanceof Destination.DnsName ? 1 : 0;
    }
    return new Counts(clients.size(), resources.size(), dns, active);
  }
}
