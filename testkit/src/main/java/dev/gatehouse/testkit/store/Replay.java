package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import java.util.Map;
import java.util.TreeMap;

/** What somebody knows who has only followed the changes. */
final class Replay {

  private final Map<ClientId, Client> clients = new TreeMap<>();
  private final Map<ResourceId, Resource> resources = new TreeMap<>();
  private final Map<AuthorizationKey, Authorization> authorizations = new TreeMap<>();

  void apply(StoreChange change) {
    switch (change) {
      case StoreChange.ClientPut put -> clients.put(put.client().id(), put.client());
      case StoreChange.ClientRemoved removed -> {
        clients.remove(removed.client());
        authorizations.keySet().removeIf(key -> key.client().equals(removed.client()));
      }
      case StoreChange.ResourcePut put -> resources.put(put.resource().id(), put.resource());
      case StoreChange.ResourceRemoved removed -> {
        resources.remove(removed.resource());
        authorizations.keySet().removeIf(key -> key.resource().equals(removed.resource()));
      }
      case StoreChange.AuthorizationPut put -> {
        assertThat(clients).containsKey(put.authorization().key().client());
        assertThat(resources).containsKey(put.authorization().key().resource());
        authorizations.put(put.authorization().key(), put.authorization());
      }
      case StoreChange.AuthorizationRemoved removed -> authorizations.remove(removed.key());
      case StoreChange.Gap gap -> throw new AssertionError("unexpected " + gap);
    }
  }

  void assertSameAs(StoreSnapshot snapshot) {
    assertThat(snapshot.clients()).containsExactlyInAnyOrderElementsOf(clients.values());
    assertThat(snapshot.resources()).containsExactlyInAnyOrderElementsOf(resources.values());
    assertThat(snapshot.authorizations())
        .containsExactlyInAnyOrderElementsOf(authorizations.values());
  }
}
