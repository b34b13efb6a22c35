package com.example.filestore;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What the changes so far lead to. */
final class Contents {

  final TreeMap<ClientId, Versioned<Client>> clients = new TreeMap<>();
  final TreeMap<ResourceId, Versioned<Resource>> resources = new TreeMap<>();
  final TreeMap<AuthorizationKey, Versioned<Authorization>> authorizations = new TreeMap<>();
  final List<StoreChange> changes = new ArrayList<>();
  long version;

  void apply(StoreChange change) {
    switch (change) {
      case StoreChange.ClientPut(var client, var at) ->
          clients.put(client.id(), new Versioned<>(client, at));
      case StoreChange.ClientRemoved(var id, var _) -> clients.remove(id);
      case StoreChange.ResourcePut(var resource, var at) ->
          resources.put(resource.id(), new Versioned<>(resource, at));
      case StoreChange.ResourceRemoved(var id, var _) -> resources.remove(id);
      case StoreChange.AuthorizationPut(var authorization, var at) ->
          authorizations.put(authorization.key(), new Versioned<>(authorization, at));
      case StoreChange.AuthorizationRemoved(var key, var _, var _) -> authorizations.remove(key);
      case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
    }
    changes.add(change);
    version = change.version();
  }

  /** Another client that has one of this one's keys or addresses. */
  Optional<Versioned<Client>> holder(Client client) {
    return clients.values().stream()
        .filter(other -> !other.value().id().equals(client.id()))
        .filter(other ->
            other.value().publicKey().equals(client.publicKey())
                || other.value().addresses().all().stream()
                    .anyMatch(client.addresses()::contains))
        .findFirst();
  }
}
