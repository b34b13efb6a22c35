package dev.gatehouse.launcher.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Reconciliation.AuthoritativeList;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes a store hold what it should, by the means every store has. What ends, ends first; so
 * whatever interrupts this, nobody has more access than before and after it. Doing it again
 * completes it.
 */
final class Transfer {

  /** So many writes at once let a store put them on the disk together. */
  private static final int WRITERS = 64;

  private final AuthorizationStore store;
  private final TimeSource time;

  Transfer(AuthorizationStore store, TimeSource time) {
    this.store = store;
    this.time = time;
  }

  private Deadline soon() {
    return Deadline.after(Duration.ofHours(1), time);
  }

  /** Makes the store hold exactly this; authorizations that have expired are left out. */
  void makeEqual(StoreSnapshot wanted) {
    var now = time.now();
    var clients = byId(wanted.clients(), Client::id);
    var resources = byId(wanted.resources(), Resource::id);
    var authorizations = active(wanted, now);
    endWhatIsNotWanted(authorizations);
    var present = store.snapshot(soon());
    for (var client : present.clients()) {
      if (!clients.containsKey(client.id())) {
        store.removeClient(client.id(), soon());
      }
    }
    for (var resource : present.resources()) {
      if (!resources.containsKey(resource.id())) {
        store.removeResource(resource.id(), soon());
      }
    }
    putClients(clients.values());
    each(resources.values(), this::put);
    var held = active(store.snapshot(soon()), now);
    each(
        authorizations.values().stream().filter(a -> !held.containsKey(a.key())).toList(),
        this::grant);
  }

  /** One authoritative list: what is not on it ends, what stays gets its expiry. */
  private void endWhatIsNotWanted(Map<AuthorizationKey, Authorization> wanted) {
    var listed = new HashMap<AuthorizationKey, Optional<Instant>>();
    for (var held : store.snapshot(soon()).authorizations()) {
      var same = wanted.get(held.key());
      // One that was granted at another time or by someone else is another one.
      if (same != null
          && same.grantedAt().equals(held.grantedAt())
          && same.origin().equals(held.origin())) {
        listed.put(held.key(), same.expiresAt());
      }
    }
    store.reconcile(new AuthoritativeList(Optional.empty(), listed), soon());
  }

  /** Clients may have to wait for others to give up a key or an address. */
  private void putClients(Collection<Client> wanted) {
    var refused = new ConcurrentLinkedQueue<Client>();
    each(
        wanted,
        client -> {
          if (!put(client)) {
            refused.add(client);
          }
        });
    // Those that still stand in each other's way are made anew; their authorizations are granted
    // again afterwards.
    refused.forEach(client -> store.removeClient(client.id(), soon()));
    for (var client : refused) {
      if (!put(client)) {
        throw failed("client '" + client.id() + "'");
      }
    }
  }

  private boolean put(Client client) {
    var held = store.client(client.id(), soon());
    if (held.isPresent() && held.get().value().equals(client)) {
      return true;
    }
    var result =
        held.isPresent()
            ? store.updateClient(client, held.get().version(), soon())
            : store.createClient(client, soon());
    return result instanceof WriteResult.Stored;
  }

  private void put(Resource resource) {
    var held = store.resource(resource.id(), soon());
    if (held.isPresent() && held.get().value().equals(resource)) {
      return;
    }
    var result =
        held.isPresent()
            ? store.updateResource(resource, held.get().version(), soon())
            : store.createResource(resource, soon());
    if (!(result instanceof WriteResult.Stored)) {
      throw failed("resource '" + resource.id() + "'");
    }
  }

  private void grant(Authorization authorization) {
    if (!(store.grant(authorization, soon()) instanceof WriteResult.Stored)) {
      throw failed("authorization '" + authorization.key() + "'");
    }
  }

  private static GatehouseException failed(String what) {
    return new GatehouseException(
        StandardErrorCode.CONFLICT,
        "The store did not accept " + what + ".",
        "See that nobody else changes the store, and run the command again to complete it.");
  }

  /**
   * Adds what is not there and changes nothing that is.
   *
   * @return how many clients, resources and authorizations were added
   * @throws GatehouseException before anything is written, if something else has an id, a key or an
   *     address
   */
  Counts add(StoreSnapshot more) {
    var present = store.snapshot(soon());
    var conflicts = new ArrayList<String>();
    var clients =
        missing(
            more.clients(), byId(present.clients(), Client::id), Client::id, "client", conflicts);
    var resources =
        missing(
            more.resources(),
            byId(present.resources(), Resource::id),
            Resource::id,
            "resource",
            conflicts);
    for (var client : clients) {
      present.clients().stream()
          .filter(other -> shares(client, other))
          .findFirst()
          .ifPresent(other ->
              conflicts.add(
                  "Client '"
                      + client.id()
                      + "' has the key or an address of '"
                      + other.id()
                      + "'."));
    }
    if (!conflicts.isEmpty()) {
      int shown = Math.min(conflicts.size(), 20);
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "The file and the store do not fit together: "
              + String.join(" ", conflicts.subList(0, shown))
              + (shown < conflicts.size() ? " And " + (conflicts.size() - shown) + " more." : ""),
          "Nothing was changed. Remove these from the file or the store, or make the store what the"
              + " file says with 'gatehouse store restore'.");
    }
    var held = active(present, time.now());
    var grants =
        active(more, time.now()).values().stream().filter(a -> !held.containsKey(a.key())).toList();
    each(
        clients,
        client -> {
          if (!put(client)) {
            throw failed("client '" + client.id() + "'");
          }
        });
    each(resources, this::put);
    each(grants, this::grant);
    return new Counts(clients.size(), resources.size(), grants.size());
  }

  private static boolean shares(Client one, Client other) {
    return one.publicKey().equals(other.publicKey())
        || other.addresses().all().stream().anyMatch(one.addresses()::contains);
  }

  private static <K, V> List<V> missing(
      List<V> wanted, Map<K, V> present, Function<V, K> id, String what, List<String> conflicts) {
    var missing = new ArrayList<V>();
    for (var value : wanted) {
      var same = present.get(id.apply(value));
      if (same == null) {
        missing.add(value);
      } else if (!same.equals(value)) {
        conflicts.add("There is another " + what + " '" + id.apply(value) + "'.");
      }
    }
    return missing;
  }

  /** How many of everything. */
  record Counts(int clients, int resources, int authorizations) {

    static Counts of(StoreSnapshot contents) {
      return new Counts(
          contents.clients().size(), contents.resources().size(), contents.authorizations().size());
    }

    @Override
    public String toString() {
      return some(clients, "client")
          + ", "
          + some(resources, "resource")
          + ", "
          + some(authorizations, "authorization");
    }

    private static String some(int count, String what) {
      return count + " " + what + (count == 1 ? "" : "s");
    }
  }

  /**
   * Compares what a store holds with what it should hold, value by value.
   *
   * @return how many of everything are there, all of them the same
   * @throws GatehouseException if anything is missing, different or too much
   */
  Counts verify(StoreSnapshot wanted) {
    var now = time.now();
    var present = store.snapshot(soon());
    var authorizations = active(present, now);
    var differences = new ArrayList<String>();
    compare(
        "clients",
        byId(wanted.clients(), Client::id),
        byId(present.clients(), Client::id),
        differences);
    compare(
        "resources",
        byId(wanted.resources(), Resource::id),
        byId(present.resources(), Resource::id),
        differences);
    compare("authorizations", active(wanted, now), authorizations, differences);
    if (!differences.isEmpty()) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "The store does not hold what it should: " + String.join(", ", differences) + ".",
          "See that nobody else changes the store, and run the command again to complete it.");
    }
    return new Counts(present.clients().size(), present.resources().size(), authorizations.size());
  }

  private static <K, V> void compare(
      String what, Map<K, V> wanted, Map<K, V> present, List<String> differences) {
    long wrong =
        wanted.entrySet().stream()
            .filter(e -> !e.getValue().equals(present.get(e.getKey())))
            .count();
    long extra = present.keySet().stream().filter(key -> !wanted.containsKey(key)).count();
    if (wrong + extra > 0) {
      differences.add(wrong + " " + what + " missing or different and " + extra + " too many");
    }
  }

  static Map<AuthorizationKey, Authorization> active(StoreSnapshot contents, Instant now) {
    var active = new LinkedHashMap<AuthorizationKey, Authorization>();
    for (var authorization : contents.authorizations()) {
      if (authorization.isActiveAt(now)) {
        active.put(authorization.key(), authorization);
      }
    }
    return active;
  }

  static Map<ClientId, Client> clients(StoreSnapshot contents) {
    return byId(contents.clients(), Client::id);
  }

  static Map<ResourceId, Resource> resources(StoreSnapshot contents) {
    return byId(contents.resources(), Resource::id);
  }

  private static <K, V> Map<K, V> byId(List<V> values, Function<V, K> id) {
    var map = new LinkedHashMap<K, V>();
    values.forEach(value -> map.put(id.apply(value), value));
    return map;
  }

  private static <T> void each(Collection<T> items, Consumer<T> work) {
    var queue = new ConcurrentLinkedQueue<>(items);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var workers = new ArrayList<Future<?>>();
      for (int i = 0; i < Math.min(WRITERS, items.size()); i++) {
        workers.add(
            threads.submit(() -> {
              for (var item = queue.poll(); item != null; item = queue.poll()) {
                work.accept(item);
              }
            }));
      }
      for (var worker : workers) {
        worker.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("everything before it was interrupted");
    }
  }
}
