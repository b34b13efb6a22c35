package dev.gatehouse.bench.scale;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.bench.store.BenchContext;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.store.SqliteStoreConfig;
import dev.gatehouse.store.SqliteStoreProvider;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/** Clients, resources and authorizations, made up and put into a gateway's store. */
final class Estate {

  /** What every active client may reach, and where nobody answers. */
  static final String BEHIND = "10.20.0.0/24";

  static final String TARGET = "10.20.0.10";

  private static final int FIRST_ADDRESS = 0x6440_0002;
  private static final int FIRST_RESOURCE = 0x0a80_0000;
  private static final Duration LONG = Duration.ofDays(30);

  private final int clients;
  private final int active;
  private final int grants;
  private final List<byte[]> keys = new ArrayList<>();
  private final Instant now = Instant.now();

  /**
   * Makes up keys.
   *
   * @param clients how many clients there are
   * @param active how many of them will be connected
   * @param grants how many authorizations the first one has
   */
  Estate(int clients, int active, int grants) {
    this.clients = clients;
    this.active = active;
    this.grants = grants;
    var random = new SecureRandom();
    for (int i = 0; i < clients; i++) {
      keys.add(Curve25519.generatePrivateKey(random));
    }
  }

  int active() {
    return active;
  }

  int grants() {
    return grants;
  }

  byte[] privateKey(int number) {
    return keys.get(number).clone();
  }

  static IpAddress address(int number) {
    return IpAddress.v4(FIRST_ADDRESS + number);
  }

  static IpAddress destination(int grant) {
    return IpAddress.v4(FIRST_RESOURCE + grant);
  }

  List<Client> clients() {
    var all = new ArrayList<Client>();
    for (int i = 0; i < clients; i++) {
      all.add(
          new Client(
              new ClientId("client-" + i),
              "Client " + i,
              PublicKey.of(Curve25519.publicKey(keys.get(i))),
              Optional.empty(),
              new TunnelAddresses(Optional.of(address(i)), Optional.empty())));
    }
    return all;
  }

  List<Resource> resources() {
    var all = new ArrayList<Resource>();
    all.add(resource("behind", BEHIND));
    for (int i = 0; i < grants; i++) {
      all.add(resource("resource-" + i, destination(i) + "/32"));
    }
    return all;
  }

  private static Resource resource(String id, String destination) {
    return new Resource(new ResourceId(id), id, Destination.parse(destination), List.of());
  }

  List<Authorization> authorizations() {
    var all = new ArrayList<Authorization>();
    for (int i = 0; i < active; i++) {
      all.add(authorization(i, "behind"));
    }
    for (int i = 0; i < grants; i++) {
      all.add(authorization(0, "resource-" + i));
    }
    return all;
  }

  private Authorization authorization(int client, String resource) {
    return new Authorization(
        new AuthorizationKey(new ClientId("client-" + client), new ResourceId(resource)),
        now,
        Optional.of(now.plus(LONG)),
        "bench");
  }

  /** Writes everything into the SQLite store of a state directory. */
  void write(Path stateDirectory) throws InterruptedException {
    var store =
        new SqliteStoreProvider()
            .create(
                SqliteStoreConfig.defaults(),
                new BenchContext("sqlite", stateDirectory, TimeSource.system()));
    store.start();
    try {
      fill(store);
    } finally {
      store.stop();
      store.close();
    }
  }

  private void fill(AuthorizationStore store) {
    var known = clients();
    each(known.size(), i -> store.createClient(known.get(i), soon()));
    var resources = resources();
    each(resources.size(), i -> store.createResource(resources.get(i), soon()));
    var authorizations = authorizations();
    each(authorizations.size(), i -> store.grant(authorizations.get(i), soon()));
  }

  private static void each(int count, IntConsumer work) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        int number = i;
        threads.execute(() -> work.accept(number));
      }
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofMinutes(10), TimeSource.system());
  }
}
