package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Collects the changes of one operation; every change gets a version of its own. */
public final class Edits {

  private final List<Edit> edits = new ArrayList<>();
  private long version;

  /**
   * Starts counting.
   *
   * @param lastVersion the newest version given out so far
   */
  public Edits(long lastVersion) {
    version = lastVersion;
  }

  /** The newest version given out so far. */
  public long lastVersion() {
    return version;
  }

  /** The changes so far. */
  public List<Edit> list() {
    return List.copyOf(edits);
  }

  Versioned<Client> put(Client client) {
    add(new StoreChange.ClientPut(client, ++version));
    return new Versioned<>(client, version);
  }

  Versioned<Resource> put(Resource resource) {
    add(new StoreChange.ResourcePut(resource, ++version));
    return new Versioned<>(resource, version);
  }

  Versioned<Authorization> put(Authorization authorization, Duration offset) {
    edits.add(new Edit(new StoreChange.AuthorizationPut(authorization, ++version), offset));
    return new Versioned<>(authorization, version);
  }

  void remove(ClientId client) {
    add(new StoreChange.ClientRemoved(client, ++version));
  }

  void remove(ResourceId resource) {
    add(new StoreChange.ResourceRemoved(resource, ++version));
  }

  void remove(AuthorizationKey key, EndReason reason) {
    add(new StoreChange.AuthorizationRemoved(key, reason, ++version));
  }

  private void add(StoreChange change) {
    edits.add(new Edit(change, Duration.ZERO));
  }
}
