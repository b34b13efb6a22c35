package dev.gatehouse.admin.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tunnel addresses are taken, followed by the store's changes so that adding the ten
 * thousandth client costs no more than the first. It is a help for choosing only: whether an
 * address is free is decided by the store. Used by one thread at a time.
 */
final class AddressBook {

  private static final int AT_ONCE = 1000;

  private final Map<ClientId, TunnelAddresses> known = new HashMap<>();
  private final Set<IpAddress> taken = new HashSet<>();
  private long version = -1;

  /** The addresses that are taken as of now; valid until the next call. */
  Set<IpAddress> taken(AuthorizationStore store, Deadline deadline) {
    if (version < 0) {
      readAll(store, deadline);
    }
    List<StoreChange> changes;
    do {
      changes = store.changes(version, AT_ONCE, deadline);
      changes.forEach(change -> apply(change, store, deadline));
    } while (changes.size() >= AT_ONCE);
    return Collections.unmodifiableSet(taken);
  }

  /** Begins anew next time. */
  void forget() {
    version = -1;
  }

  private void readAll(AuthorizationStore store, Deadline deadline) {
    known.clear();
    taken.clear();
    long before = store.version(deadline); // clients that change meanwhile are told again
    Gateway.forEach((cursor, limit) -> store.clients(cursor, limit, deadline), this::put);
    version = before;
  }

  private void apply(StoreChange change, AuthorizationStore store, Deadline deadline) {
    switch (change) {
      case StoreChange.ClientPut(var client, var _) -> put(client);
      case StoreChange.ClientRemoved(var client, var _) -> remove(client);
      case StoreChange.Gap _ -> {
        readAll(store, deadline);
        return;
      }
      default -> {
        // resources and authorizations have no addresses
      }
    }
    version = Math.max(version, change.version());
  }

  private void put(Client client) {
    remove(client.id());
    known.put(client.id(), client.addresses());
    taken.addAll(client.addresses().all());
  }

  private void remove(ClientId client) {
    var addresses = known.remove(client);
    if (addresses != null) {
      addresses.all().forEach(taken::remove);
    }
  }
}
