package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/** Writes of authorizations. */
public final class AuthorizationOperations {

  private AuthorizationOperations() {}

  /** Ends one; with the reason that it expired if it had, whoever comes to end it. */
  private static boolean end(WorkingSet rows, Versioned<Authorization> held, EndReason otherwise) {
    boolean active = rows.isActive(held);
    rows.remove(held.value().key(), active ? otherwise : EndReason.EXPIRED);
    return active;
  }

  private static int endAll(WorkingSet rows, Predicate<AuthorizationKey> which) {
    int ended = 0;
    for (var held : rows.authorizations()) {
      if (which.test(held.value().key())) {
        ended += end(rows, held, EndReason.REVOKED) ? 1 : 0;
      }
    }
    return ended;
  }

  private static Authorization withExpiry(
      Versioned<Authorization> held, Optional<Instant> expiresAt) {
    var value = held.value();
    return new Authorization(value.key(), value.grantedAt(), expiresAt, value.origin());
  }

  private static boolean isSooner(Optional<Instant> expiry, Versioned<Authorization> than) {
    var stored = than.value().expiresAt();
    return expiry.isPresent() && (stored.isEmpty() || expiry.get().isBefore(stored.get()));
  }

  /**
   * Grants unless there is an active authorization with this key.
   *
   * @param authorization the grant
   */
  public record Grant(Authorization authorization)
      implements Operation<WriteResult<Authorization>> {
    @Override
    public void wants(Wanted wanted) {
      wanted.client(authorization.key().client());
      wanted.resource(authorization.key().resource());
      wanted.authorization(authorization.key());
    }

    @Override
    public WriteResult<Authorization> carryOut(WorkingSet rows) {
      var key = authorization.key();
      if (rows.client(key.client()) == null) {
        throw notFound("client", key.client().value(), "gatehouse client add");
      }
      if (rows.resource(key.resource()) == null) {
        throw notFound("resource", key.resource().value(), "gatehouse resource add");
      }
      var existing = rows.authorization(key);
      if (existing != null) {
        if (rows.isActive(existing)) {
          return new WriteResult.Conflict<>(Optional.of(existing));
        }
        rows.remove(key, EndReason.EXPIRED);
      }
      return new WriteResult.Stored<>(rows.put(authorization));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.empty();
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
    public void wants(Wanted wanted) {
      wanted.authorization(key);
    }

    @Override
    public WriteResult<Authorization> carryOut(WorkingSet rows) {
      var held = rows.authorization(key);
      if (held == null || !rows.isActive(held)) {
        return new WriteResult.Conflict<>(Optional.empty());
      }
      return held.version() == expectedVersion
          ? new WriteResult.Stored<>(rows.put(withExpiry(held, expiresAt)))
          : new WriteResult.Conflict<>(Optional.of(held));
    }

    @Override
    public Optional<Operation<?>> ending() {
      return expiresAt.isEmpty() ? Optional.empty() : Optional.of(new Shorten(this));
    }
  }

  /**
   * What is left of a change of expiry that could not be made in time: it takes effect if it still
   * fits and takes time away.
   *
   * @param wish what was wanted
   */
  public record Shorten(Extend wish) implements Operation.Ending<Boolean> {
    @Override
    public void wants(Wanted wanted) {
      wish.wants(wanted);
    }

    @Override
    public Boolean carryOut(WorkingSet rows) {
      var held = rows.authorization(wish.key());
      return held != null
          && isSooner(wish.expiresAt(), held)
          && wish.carryOut(rows) instanceof WriteResult.Stored;
    }
  }

  /**
   * Ends one authorization.
   *
   * @param key which
   */
  public record Revoke(AuthorizationKey key) implements Operation.Ending<Boolean> {
    @Override
    public void wants(Wanted wanted) {
      wanted.authorization(key);
    }

    @Override
    public Boolean carryOut(WorkingSet rows) {
      var held = rows.authorization(key);
      return held != null && end(rows, held, EndReason.REVOKED);
    }
  }

  /**
   * Ends all authorizations of a client.
   *
   * @param client whose
   */
  public record RevokeClient(ClientId client) implements Operation.Ending<Integer> {
    @Override
    public void wants(Wanted wanted) {
      wanted.authorizationsOf(client);
    }

    @Override
    public Integer carryOut(WorkingSet rows) {
      return endAll(rows, key -> key.client().equals(client));
    }
  }

  /**
   * Ends all authorizations for a resource.
   *
   * @param resource for which
   */
  public record RevokeResource(ResourceId resource) implements Operation.Ending<Integer> {
    @Override
    public void wants(Wanted wanted) {
      wanted.authorizationsFor(resource);
    }

    @Override
    public Integer carryOut(WorkingSet rows) {
      return endAll(rows, key -> key.resource().equals(resource));
    }
  }

  /**
   * Ends what has come to its end for good.
   *
   * @param limit how many at most
   */
  public record Sweep(int limit) implements Operation.Ending<Integer> {
    @Override
    public void wants(Wanted wanted) {
      wanted.due(limit);
    }

    @Override
    public Integer carryOut(WorkingSet rows) {
      int swept = 0;
      for (var held : rows.authorizations()) {
        var end = held.value().expiresAt();
        if (swept < limit && end.isPresent() && rows.now().isEnded(end.get())) {
          rows.remove(held.value().key(), EndReason.EXPIRED);
          swept++;
        }
      }
      return swept;
    }
  }

  /**
   * Brings authorizations in line with an authoritative list.
   *
   * @param list the list
   * @param onlyEnds whether to leave out what would make an authorization last longer
   */
  public record Reconcile(Reconciliation.AuthoritativeList list, boolean onlyEnds)
      implements Operation<Reconciliation.Report> {
    @Override
    public void wants(Wanted wanted) {
      list.client().ifPresentOrElse(wanted::authorizationsOf, wanted::allAuthorizations);
    }

    @Override
    public Reconciliation.Report carryOut(WorkingSet rows) {
      int removed = 0;
      int updated = 0;
      for (var held : rows.authorizations()) {
        var key = held.value().key();
        if (list.client().map(scope -> !scope.equals(key.client())).orElse(false)) {
          continue;
        }
        var listed = list.listed().get(key);
        var end = held.value().expiresAt();
        if (listed == null || (end.isPresent() && rows.now().isEnded(end.get()))) {
          removed += end(rows, held, EndReason.RECONCILED) ? 1 : 0;
        } else if (!listed.equals(end) && (!onlyEnds || isSooner(listed, held))) {
          rows.put(withExpiry(held, listed));
          updated++;
        }
      }
      rows.tell(new GatewayEvent.Reconciled(rows.now().wall(), removed, updated, rows.version()));
      return new Reconciliation.Report(removed, updated, rows.version());
    }

    @Override
    public Optional<Operation<?>> ending() {
      return Optional.of(new Reconcile(list, true));
    }
  }

  /**
   * Follows clocks that were set back: what was granted before ends as much sooner, so that it
   * keeps the time it had left.
   *
   * @param step by how much
   */
  public record FollowBackwardStep(Duration step) implements Operation.Ending<Integer> {
    @Override
    public void wants(Wanted wanted) {
      wanted.allAuthorizations();
    }

    @Override
    public Integer carryOut(WorkingSet rows) {
      int moved = 0;
      for (var held : rows.authorizations()) {
        var end = held.value().expiresAt();
        if (end.isPresent()) {
          rows.put(withExpiry(held, Optional.of(earlier(end.get()))));
          moved++;
        }
      }
      return moved;
    }

    private Instant earlier(Instant end) {
      try {
        return end.minus(step);
      } catch (DateTimeException | ArithmeticException e) {
        return Instant.MIN;
      }
    }
  }
}
