package dev.gatehouse.launcher.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.store.StoreSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a store is to hold after a restore. What ended since the backup was made stays ended as far
 * as the present store knows of it, and a client's key that was changed since stays changed; unless
 * the operator says otherwise.
 *
 * @param contents what to hold
 * @param ended authorizations of the backup that have ended since
 * @param shortened authorizations that keep a sooner expiry they got since
 * @param keys clients that keep the keys they got since
 * @param dropped authorizations that were granted since and are not in the backup
 */
record Restoring(
    StoreSnapshot contents,
    List<Authorization> ended,
    List<Authorization> shortened,
    List<Client> keys,
    List<Authorization> dropped) {

  /** As the backup has it, with everything that ended since. */
  static Restoring everything(StoreSnapshot backup) {
    return new Restoring(backup, List.of(), List.of(), List.of(), List.of());
  }

  /** As the backup has it, without what the present store knows to have ended. */
  static Restoring without(StoreSnapshot backup, StoreSnapshot present, Instant now) {
    var held = Transfer.active(present, now);
    var saved = Transfer.active(backup, now);
    var authorizations = new ArrayList<Authorization>();
    var ended = new ArrayList<Authorization>();
    var shortened = new ArrayList<Authorization>();
    for (var authorization : saved.values()) {
      var current = held.get(authorization.key());
      if (current == null) {
        ended.add(authorization);
      } else if (isSooner(current.expiresAt(), authorization.expiresAt())) {
        shortened.add(current);
        authorizations.add(
            new Authorization(
                authorization.key(),
                authorization.grantedAt(),
                current.expiresAt(),
                authorization.origin()));
      } else {
        authorizations.add(authorization);
      }
    }
    var clients = new ArrayList<Client>();
    var keys = new ArrayList<Client>();
    var presentClients = Transfer.clients(present);
    for (var client : backup.clients()) {
      var current = presentClients.get(client.id());
      if (current != null
          && !(current.publicKey().equals(client.publicKey())
              && current.presharedKey().equals(client.presharedKey()))) {
        keys.add(client);
        clients.add(current);
      } else {
        clients.add(client);
      }
    }
    var dropped = held.values().stream().filter(a -> !saved.containsKey(a.key())).toList();
    return new Restoring(
        new StoreSnapshot(backup.version(), clients, backup.resources(), authorizations),
        ended,
        shortened,
        keys,
        dropped);
  }

  private static boolean isSooner(Optional<Instant> one, Optional<Instant> other) {
    return one.isPresent() && (other.isEmpty() || one.get().isBefore(other.get()));
  }
}
