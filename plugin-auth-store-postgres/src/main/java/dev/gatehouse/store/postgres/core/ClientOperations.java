package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.WriteResult;
import java.util.Optional;

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
    public void wants(Wanted wanted) {
      wanted.identity(client);
    }

    @Override
    public WriteResult<Client> carryOut(WorkingSet rows) {
      var taken = rows.client(client.id());
      if (taken == null) {
        taken = rows.holderOfIdentity(client);
      }
      return taken == null
          ? new WriteResult.Stored<>(rows.put(client))
          : new WriteResult.Conflict<>(Optional.of(taken));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.empty();
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
    public void wants(Wanted wanted) {
      wanted.identity(client);
    }

    @Override
    public WriteResult<Client> carryOut(WorkingSet rows) {
      var before = rows.client(client.id());
      if (before == null || before.version() != expectedVersion) {
        return new WriteResult.Conflict<>(Optional.ofNullable(before));
      }
      var holder = rows.holderOfIdentity(client);
      return holder == null
          ? new WriteResult.Stored<>(rows.put(client))
          : new WriteResult.Conflict<>(Optional.of(holder));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.empty();
    }
  }

  /**
   * Removes a client and its authorizations.
   *
   * @param id which
   */
  public record Remove(ClientId id) implements Operation.Ending<Boolean> {
    @Override
    public void wants(Wanted wanted) {
      wanted.client(id);
      wanted.authorizationsOf(id);
    }

    @Override
    public Boolean carryOut(WorkingSet rows) {
      for (var held : rows.authorizations()) {
        if (held.value().key().client().equals(id)) {
          rows.remove(held.value().key(), EndReason.REVOKED);
        }
      }
      boolean found = rows.client(id) != null;
      if (found) {
        rows.remove(id);
      }
      return found;
    }
  }
}
