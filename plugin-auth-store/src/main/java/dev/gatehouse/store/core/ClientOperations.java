package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes of clients. */
public final class ClientOperations {

  private ClientOperations() {}

  /**
   * Creates a client unless its id, key or an address is taken.
   *
   * @param client the new client
   */
  public record Create(Client client) implements Operation<WriteResult<Client>> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.writing(identity(client));
    }

    @Override
    public Plan<WriteResult<Client>> plan(Tables tables, Moment now, Edits edits) {
      var taken = tables.client(client.id());
      if (taken == null) {
        taken = holderOfIdentity(tables, client);
      }
      if (taken != null) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.of(taken)));
      }
      var stored = edits.put(client);
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  /**
   * Replaces a client.
   *
   * @param client what it becomes
   * @param expectedVersion the version it must still have
   */
  public record Update(Client client, long expectedVersion)
      implements Operation<WriteResult<Client>> {
    @Override
    public Footprint footprint(Tables tables) {
      var writes = identity(client);
      var before = tables.client(client.id());
      if (before != null) {
        writes.addAll(identity(before.value()));
      }
      return Footprint.writing(writes);
    }

    @Override
    public Plan<WriteResult<Client>> plan(Tables tables, Moment now, Edits edits) {
      var before = tables.client(client.id());
      if (before == null || before.version() != expectedVersion) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.ofNullable(before)));
      }
      var holder = holderOfIdentity(tables, client);
      if (holder != null) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.of(holder)));
      }
      var stored = edits.put(client);
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  /**
   * Removes a client and its authorizations.
   *
   * @param id which
   */
  public record Remove(ClientId id) implements Operation<Boolean> {
    @Override
    public Footprint footprint(Tables tables) {
      var before = tables.client(id);
      return Footprint.writing(before == null ? Set.of(id) : identity(before.value()));
    }

    @Override
    public Plan<Boolean> plan(Tables tables, Moment now, Edits edits) {
      for (var held : tables.authorizationsOf(id)) {
        edits.remove(held.key(), EndReason.REVOKED);
      }
      boolean found = tables.client(id) != null;
      if (found) {
        edits.remove(id);
      }
      return Plan.of(edits.list(), found);
    }

    @Override
    public boolean onlyEnds() {
      return true;
    }
  }

  /** Everything that is unique to a client. */
  private static Set<Object> identity(Client client) {
    var identity = new HashSet<Object>(client.addresses().all());
    identity.add(client.id());
    identity.add(client.publicKey());
    return identity;
  }

  /** Another client that has the key or one of the addresses. */
  private static @Nullable Versioned<Client> holderOfIdentity(Tables tables, Client client) {
    var holder = tables.clientByKey(client.publicKey());
    if (holder != null && !holder.value().id().equals(client.id())) {
      return holder;
    }
    for (var address : client.addresses().all()) {
      holder = tables.clientByAddress(address);
      if (holder != null && !holder.value().id().equals(client.id())) {
        return holder;
      }
    }
    return null;
  }
}
