package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.WriteResult;
import java.util.Optional;
import java.util.Set;

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
    public Footprint footprint(Tables tables) {
      return Footprint.writing(Set.of(resource.id()));
    }

    @Override
    public Plan<WriteResult<Resource>> plan(Tables tables, Moment now, Edits edits) {
      var taken = tables.resource(resource.id());
      if (taken != null) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.of(taken)));
      }
      var stored = edits.put(resource);
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
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
    public Footprint footprint(Tables tables) {
      return Footprint.writing(Set.of(resource.id()));
    }

    @Override
    public Plan<WriteResult<Resource>> plan(Tables tables, Moment now, Edits edits) {
      var before = tables.resource(resource.id());
      if (before == null || before.version() != expectedVersion) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.ofNullable(before)));
      }
      var stored = edits.put(resource);
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  /**
   * Removes a resource and all authorizations for it.
   *
   * @param id which
   */
  public record Remove(ResourceId id) implements Operation<Boolean> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.writing(Set.of(id));
    }

    @Override
    public Plan<Boolean> plan(Tables tables, Moment now, Edits edits) {
      for (var held : tables.authorizationsFor(id)) {
        edits.remove(held.key(), EndReason.REVOKED);
      }
      boolean found = tables.resource(id) != null;
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
}
