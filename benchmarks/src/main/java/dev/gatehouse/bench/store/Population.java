package dev.gatehouse.bench.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.store.SqliteStoreConfig;
import dev.gatehouse.store.SqliteStoreProvider;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An SQLite store with clients, resources and grants in it. */
final class Population implements AutoCloseable {

  static final int RESOURCES = 100;

  private final TimeSource time;
  private final AuthorizationStore store;

  Population(Path directory, TimeSource time) throws InterruptedException {
    this.time = time;
    store =
        new SqliteStoreProvider()
            .create(SqliteStoreConfig.defaults(), new BenchContext("sqlite", directory, time));
    store.start();
  }

  AuthorizationStore store() {
    return store;
  }

  Deadline soon() {
    return Deadline.after(Duration.ofMinutes(10), time);
  }

  void createResources() {
    for (int i = 0; i < RESOURCES; i++) {
      store.createResource(resource(i), soon());
    }
  }

  /** A network of its own for each number. */
  static Resource resource(int number) {
    return new Resource(
        Samples.resourceId(number),
        "Resource " + number,
        Destination.parse("10." + number + ".0.0/16"),
        List.of());
  }

  void createClients(int first, int count) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        int client = first + i;
        threads.execute(() -> store.createClient(Samples.client(client), soon()));
      }
    }
  }

  /** Grants by several callers at once; one line that says how fast that went. */
  String grant(int writers, int count, int firstClient, Instant expiresAt) throws Exception {
    int clients = Math.max(count / RESOURCES, writers);
    createClients(firstClient, clients);
    var latencies = new long[count];
    var next = new AtomicInteger();
    var refused = new AtomicInteger();
    var took =
        Measured.of(() -> {
          try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < writers; i++) {
              threads.execute(() -> {
                for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                  // Scattered over the keys, as grants are in life.
                  int scattered = (int) ((n * 7_919L) % count);
                  int client = firstClient + scattered % clients;
                  int resource = (scattered / clients) % RESOURCES;
                  var grant =
                      new Authorization(
                          Samples.key(client, resource),
                          time.now(),
                          Optional.of(expiresAt),
                          "bench");
                  long begin = System.nanoTime();
                  if (!(store.grant(grant, soon()) instanceof WriteResult.Stored)) {
                    refused.incrementAndGet();
                  }
                  latencies[n] = System.nanoTime() - begin;
                }
              });
            }
          }
        });
    if (refused.get() > 0) {
      throw new IllegalStateException(refused + " grants were refused");
    }
    Arrays.sort(latencies);
    return String.format(
        Locale.ROOT,
        "%,d grants, %d writers: %,.0f durable grants/s, p50 %.1f ms, p99 %.1f ms, max %.1f ms; %s",
        count,
        writers,
        count / took.seconds(),
        latencies[count / 2] / 1e6,
        latencies[(int) (count * 0.99)] / 1e6,
        latencies[count - 1] / 1e6,
        took);
  }

  @Override
  public void close() {
    store.close();
  }
}
