package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.WriteResult;
import java.util.Optional;

/** Writes of resources. */
public final class ResourceOperations {

  private ResourceOperations() {}

  /**
   * Creates a resource unless its id is taken.
   *
   * @param resource the new resource
   */
  public record Create(Resource resource) implements Operation<WriteResult<Resource>> {
    @Override
    public void wants(Wanted wanted) {
      wanted.resource(resource.id());
    }

    @Override
    public WriteResult<Resource> carryOut(WorkingSet rows) {
      var taken = rows.resource(resource.id());
      return taken == null
          ? new WriteResult.Stored<>(rows.put(resource))
          : new WriteResult.Conflict<>(Optional.of(taken));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.empty();
    }
  }

  /**
   * Replaces a resource.
   *
   * @param resource what it becomes
   * @param expectedVersion the version it must still have
   */
  public record Update(Resource resource, long expectedVersion)
      implements Operation<WriteResult<Resource>> {
    @Override
    public void wants(Wanted wanted) {
      wanted.resource(resource.id());
    }

    @Override
    public WriteResult<Resource> carryOut(WorkingSet rows) {
      var before = rows.resource(resource.id());
      return before != null && before.version() == expectedVersion
          ? new WriteResult.Stored<>(rows.put(resource))
          : new WriteResult.Conflict<>(Optional.ofNullable(before));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.empty();
    }
  }

  /**
   * Removes a resource and all authorizations for it.
   *
   * @param id which
   */
  public record Remove(ResourceId id) implements Operation.Ending<Boolean> {
    @Override
    public void wants(Wanted wanted) {
      wanted.resource(id);
      wanted.authorizationsFor(id);
    }

    @Override
    public Boolean carryOut(WorkingSet rows) {
      for (var held : rows.authorizations()) {
        if (held.value().key().resource().equals(id)) {
          rows.remove(held.value().key(), EndReason.REVOKED);
        }
      }
      boolean found = rows.resource(id) != null;
      if (found) {
        rows.remove(id);
      }
      return found;
    }
  }
}
