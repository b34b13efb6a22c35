package dev.gatehouse.store.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes of authorizations. */
public final class AuthorizationOperations {

  private AuthorizationOperations() {}

  private static Footprint footprintOf(AuthorizationKey key) {
    return new Footprint(Set.of(key.client(), key.resource()), Set.of(key), false);
  }

  /** An expired one ends with the reason that it expired, whoever comes to end it. */
  private static EndReason reasonFor(Held held, Moment now, EndReason otherwise) {
    return held.isActiveAt(now) ? otherwise : EndReason.EXPIRED;
  }

  private static Authorization withExpiry(Held held, Optional<Instant> expiresAt) {
    var value = held.stored().value();
    return new Authorization(value.key(), value.grantedAt(), expiresAt, value.origin());
  }

  /**
   * Grants unless there is an active authorization with this key.
   *
   * @param authorization the grant
   */
  public record Grant(Authorization authorization)
      implements Operation<WriteResult<Authorization>> {
    @Override
    public Footprint footprint(Tables tables) {
      return footprintOf(authorization.key());
    }

    @Override
    public Plan<WriteResult<Authorization>> plan(Tables tables, Moment now, Edits edits) {
      var key = authorization.key();
      if (tables.client(key.client()) == null) {
        throw notFound("client", key.client().value(), "gatehouse client add");
      }
      if (tables.resource(key.resource()) == null) {
        throw notFound("resource", key.resource().value(), "gatehouse resource add");
      }
      var existing = tables.authorization(key);
      if (existing != null) {
        if (existing.isActiveAt(now)) {
          return Plan.nothing(new WriteResult.Conflict<>(Optional.of(existing.stored())));
        }
        edits.remove(key, EndReason.EXPIRED);
      }
      var stored = edits.put(authorization, now.offset());
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }

    private static GatehouseException notFound(String what, String id, String command) {
      return new GatehouseException(
          StandardErrorCode.NOT_FOUND,
          "There is no " + what + " '" + id + "'.",
          "Create it first with '" + command + "'.");
    }
  }

  /**
   * Changes the expiry of an active authorization.
   *
   * @param key which
   * @param expiresAt the new expiry
   * @param expectedVersion the version it must still have
   */
  public record Extend(AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion)
      implements Operation<WriteResult<Authorization>> {
    @Override
    public Footprint footprint(Tables tables) {
      return footprintOf(key);
    }

    @Override
    public Plan<WriteResult<Authorization>> plan(Tables tables, Moment now, Edits edits) {
      var held = tables.authorization(key);
      if (held == null || !held.isActiveAt(now)) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.empty()));
      }
      if (held.stored().version() != expectedVersion) {
        return Plan.nothing(new WriteResult.Conflict<>(Optional.of(held.stored())));
      }
      var stored = edits.put(withExpiry(held, expiresAt), now.offset());
      return Plan.of(edits.list(), new WriteResult.Stored<>(stored));
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  /**
   * Ends one authorization.
   *
   * @param key which
   */
  public record Revoke(AuthorizationKey key) implements Operation<Boolean> {
    @Override
    public Footprint footprint(Tables tables) {
      return footprintOf(key);
    }

    @Override
    public Plan<Boolean> plan(Tables tables, Moment now, Edits edits) {
      var held = tables.authorization(key);
      if (held == null) {
        return Plan.nothing(false);
      }
      var reason = reasonFor(held, now, EndReason.REVOKED);
      edits.remove(key, reason);
      return Plan.of(edits.list(), reason == EndReason.REVOKED);
    }

    @Override
    public boolean onlyEnds() {
      return true;
    }
  }

  /**
   * Ends all authorizations of a client.
   *
   * @param client whose
   */
  public record RevokeClient(ClientId client) implements Operation<Integer> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.writing(Set.of(client));
    }

    @Override
    public Plan<Integer> plan(Tables tables, Moment now, Edits edits) {
      return revokeAll(tables.authorizationsOf(client), now, edits);
    }

    @Override
    public boolean onlyEnds() {
      return true;
    }
  }

  /**
   * Ends all authorizations for a resource.
   *
   * @param resource for which
   */
  public record RevokeResource(ResourceId resource) implements Operation<Integer> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.writing(Set.of(resource));
    }

    @Override
    public Plan<Integer> plan(Tables tables, Moment now, Edits edits) {
      return revokeAll(tables.authorizationsFor(resource), now, edits);
    }

    @Override
    public boolean onlyEnds() {
      return true;
    }
  }

  private static Plan<Integer> revokeAll(List<Held> all, Moment now, Edits edits) {
    int revoked = 0;
    for (var held : all) {
      var reason = reasonFor(held, now, EndReason.REVOKED);
      edits.remove(held.key(), reason);
      revoked += reason == EndReason.REVOKED ? 1 : 0;
    }
    return Plan.of(edits.list(), revoked);
  }

  /**
   * Ends what has come to its end.
   *
   * @param limit how many at most
   */
  public record Sweep(int limit) implements Operation<Integer> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.all();
    }

    @Override
    public Plan<Integer> plan(Tables tables, Moment now, Edits edits) {
      var due = tables.dueAt(now, limit);
      due.forEach(held -> edits.remove(held.key(), EndReason.EXPIRED));
      return Plan.of(edits.list(), due.size());
    }

    @Override
    public boolean onlyEnds() {
      return true;
    }
  }

  /**
   * Moves what was placed on the timeline while a forward step was held, now that the step is
   * believed: it keeps the time it had left.
   *
   * @param step the step
   */
  public record FollowBelievedStep(Duration step) implements Operation<Integer> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.all();
    }

    @Override
    public Plan<Integer> plan(Tables tables, Moment now, Edits edits) {
      var placedBy = now.offset().minus(step);
      tables.forEachAuthorization(held -> {
        var apart = held.offset().minus(placedBy).abs();
        if (held.end().isPresent() && apart.compareTo(Timeline.TOLERANCE) <= 0) {
          edits.put(held.stored().value(), now.offset());
        }
      });
      return Plan.of(edits.list(), edits.list().size());
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }

  /**
   * Brings authorizations in line with an authoritative list.
   *
   * @param list the list
   */
  public record Reconcile(Reconciliation.AuthoritativeList list)
      implements Operation<Reconciliation.Report> {
    @Override
    public Footprint footprint(Tables tables) {
      return Footprint.all();
    }

    @Override
    public Plan<Reconciliation.Report> plan(Tables tables, Moment now, Edits edits) {
      int removed = 0;
      int updated = 0;
      for (var held : inScope(tables)) {
        var listed = list.listed().get(held.key());
        if (listed == null || held.isDueAt(now)) {
          var reason = reasonFor(held, now, EndReason.RECONCILED);
          edits.remove(held.key(), reason);
          removed += reason == EndReason.RECONCILED ? 1 : 0;
        } else if (!listed.equals(held.stored().value().expiresAt())) {
          edits.put(withExpiry(held, listed), now.offset());
          updated++;
        }
      }
      long version = edits.list().isEmpty() ? tables.version() : edits.lastVersion();
      var event = new GatewayEvent.Reconciled(now.wall(), removed, updated, version);
      return new Plan<>(
          edits.list(), new Reconciliation.Report(removed, updated, version), Optional.of(event));
    }

    private List<Held> inScope(Tables tables) {
      if (list.client().isPresent()) {
        return tables.authorizationsOf(list.client().get());
      }
      var all = new ArrayList<Held>(tables.authorizationCount());
      tables.forEachAuthorization(all::add);
      return all;
    }

    @Override
    public boolean onlyEnds() {
      return false;
    }
  }
}
