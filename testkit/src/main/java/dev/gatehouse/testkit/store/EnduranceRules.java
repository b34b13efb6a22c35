package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Rules 37 to 39: long runs, crowds and many records.
 *
 * @since 0.1.0
 */
public interface EnduranceRules extends StoreRules {

  /** How many random steps rule 37 takes. */
  default int modelSteps() {
    return Integer.getInteger("gatehouse.store.steps", 10_000);
  }

  /** How many authorizations rule 39 grants. */
  default int manyRecords() {
    return Integer.getInteger("gatehouse.store.records", 100_000);
  }

  /** How long rule 39 may take to grant them, with 64 callers at once. */
  default Duration timeForManyRecords() {
    return Duration.ofMinutes(5);
  }

  /** Rule 37. */
  @Test
  default void rule37TheStoreAgreesWithTheModel() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("store model: -Dgatehouse.seed=" + seed);
    try {
      new RandomWalk(this, seed).run(modelSteps());
    } catch (AssertionError e) {
      throw new AssertionError("with -Dgatehouse.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  /** Rule 38. */
  @Test
  default void rule38ACrowdLeavesWhatWasAcknowledged() throws Exception {
    createBasics(16);
    var held = ConcurrentHashMap.<AuthorizationKey>newKeySet();
    var writes = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 32; i++) {
        int worker = i;
        var unused =
            threads.submit(() -> {
              // Each worker owns the resources with its number modulo 16 for half the clients.
              for (int round = 0; round < 60; round++) {
                int client = (worker / 16) * 8 + (round * 5) % 8;
                var key = Samples.key(client, worker % 16);
                if (held.contains(key)) {
                  assertThat(store().revoke(key, soon())).isTrue();
                  held.remove(key);
                } else {
                  grant(client, worker % 16, Optional.empty());
                  held.add(key);
                }
                writes.incrementAndGet();
              }
            });
        assertThat(unused).isNotNull();
      }
    }
    assertThat(writes).hasValue(32 * 60);
    assertThat(active().keySet()).isEqualTo(new HashSet<>(held));
    if (survivesReopen()) {
      reopen();
      assertThat(active().keySet()).isEqualTo(new HashSet<>(held));
    }
  }

  /** Rule 39. */
  @Test
  default void rule39ManyRecordsAreNoTrouble() throws Exception {
    int resources = 100;
    int clients = manyRecords() / resources;
    for (int i = 0; i < resources; i++) {
      stored(store().createResource(Samples.resource(i), soon()));
    }
    long started = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 64; i++) {
        int worker = i;
        var unused =
            threads.submit(() -> {
              for (int client = worker; client < clients; client += 64) {
                stored(store().createClient(Samples.client(client), soon()));
                for (int resource = 0; resource < resources; resource++) {
                  var authorization =
                      Samples.authorization(client, resource, now(), in(Duration.ofHours(8)));
                  assertThat(store().grant(authorization, soon()))
                      .isInstanceOf(WriteResult.Stored.class);
                }
              }
            });
        assertThat(unused).isNotNull();
      }
    }
    var granting = Duration.ofNanos(System.nanoTime() - started);
    System.out.printf(
        "store: %d grants by 64 callers in %d ms%n", clients * resources, granting.toMillis());
    assertThat(granting).isLessThan(timeForManyRecords());
    assertThat(store().snapshot(soon()).authorizations()).hasSize(clients * resources);
    if (survivesReopen()) {
      started = System.nanoTime();
      reopen();
      var opening = Duration.ofNanos(System.nanoTime() - started);
      System.out.printf("store: opened again in %d ms%n", opening.toMillis());
      assertThat(opening).isLessThan(Duration.ofMinutes(1));
      assertThat(store().snapshot(soon()).authorizations()).hasSize(clients * resources);
    }
    assertThat(store().revokeResource(Samples.resourceId(0), soon())).isEqualTo(clients);
  }
}
