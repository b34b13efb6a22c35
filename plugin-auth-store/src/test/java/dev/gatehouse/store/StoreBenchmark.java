package dev.gatehouse.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures the SQLite store; not a test. {@code java … dev.gatehouse.store.StoreBenchmark
 * <directory> <authorizations>}, with the test class path and a directory on a real disk.
 */
final class StoreBenchmark {

  private static final int RESOURCES = 100;

  private StoreBenchmark() {}

  /**
   * Measures and prints.
   *
   * @param arguments an empty directory, and how many authorizations to load
   */
  public static void main(String[] arguments) throws Exception {
    var directory = Path.of(arguments[0]);
    int total = Integer.parseInt(arguments[1]);
    try (var fixture = new Fixture(directory)) {
      for (int i = 0; i < RESOURCES; i++) {
        fixture.store().createResource(Samples.resource(i), fixture.soon());
      }
      grants(fixture, 32, 20_000, 0);
      grants(fixture, 1, 2_000, 1_000);
      grants(fixture, 32, 40_000, 2_000);
      grants(fixture, 128, 40_000, 4_000);
      if (total > 0) {
        grants(fixture, 256, total, 10_000);
      }
    }
    measureOpening(directory);
    measureExpiry(directory);
  }

  private static void grants(Fixture fixture, int writers, int count, int firstClient)
      throws Exception {
    int clients = Math.max(count / RESOURCES, writers);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        int client = firstClient + i;
        threads.execute(() -> fixture.store().createClient(Samples.client(client), fixture.soon()));
      }
    }
    var latencies = new long[count];
    var next = new AtomicInteger();
    long started = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < writers; i++) {
        threads.execute(() -> {
          for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
            // Scattered over the keys, as grants are in life.
            int scattered = (int) ((n * 7_919L) % count);
            int client = firstClient + scattered % clients;
            int resource = (scattered / clients) % RESOURCES;
            long begin = System.nanoTime();
            fixture.store().grant(authorization(fixture, client, resource), fixture.soon());
            latencies[n] = System.nanoTime() - begin;
          }
        });
      }
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    Arrays.sort(latencies);
    System.out.printf(
        "%3d writers: %,8.0f durable grants/s, p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
        writers,
        count / seconds,
        latencies[count / 2] / 1e6,
        latencies[(int) (count * 0.99)] / 1e6,
        latencies[count - 1] / 1e6);
  }

  private static Authorization authorization(Fixture fixture, int client, int resource) {
    return Samples.authorization(
        client,
        resource,
        fixture.context().time().now(),
        Optional.of(fixture.context().time().now().plusSeconds(3600)));
  }

  private static void measureOpening(Path directory) throws Exception {
    long disk = 0;
    try (var files = Files.list(directory)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        disk += Files.size(file);
      }
    }
    collect();
    long before = usedHeap();
    long started = System.nanoTime();
    try (var fixture = new Fixture(directory)) {
      long opened = System.nanoTime() - started;
      collect();
      long heap = usedHeap() - before;
      System.out.printf(
          "%,d authorizations: open %d ms, heap %d MiB, disk %d MB%n",
          fixture.store().snapshot(fixture.soon()).authorizations().size(),
          TimeUnit.NANOSECONDS.toMillis(opened),
          heap >> 20,
          disk / 1_000_000);
    }
  }

  private static void measureExpiry(Path directory) throws Exception {
    try (var fixture = new Fixture(directory)) {
      int count = fixture.authorizations().size();
      fixture.context().time().advance(Duration.ofMinutes(61));
      long started = System.nanoTime();
      while (!fixture
          .store()
          .expiringBefore(fixture.context().time().now(), 1, fixture.soon())
          .isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      System.out.printf(
          "%,d expired and swept in %d ms%n",
          count, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
    }
  }

  private static long usedHeap() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @SuppressWarnings("NoExplicitGC") // to measure the heap that is in use
  private static void collect() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
  }
}
