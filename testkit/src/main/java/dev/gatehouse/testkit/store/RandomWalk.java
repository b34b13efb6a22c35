package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.RecordingEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/**
 * Does the same random things to a store and to {@link NaiveStore}, and compares what both say.
 * Versions may differ, so each is asked for its own; so may the moment at which an expired
 * authorization is swept, so only active ones are compared.
 */
final class RandomWalk {

  private static final int NUMBERS = 7;

  private final StoreRules rules;
  private final Random random;
  private final AuthorizationStore model;
  private long lastVersion;

  RandomWalk(StoreRules rules, long seed) {
    this.rules = rules;
    this.random = new Random(seed);
    var naive = new NaiveStore(rules.time(), new RecordingEvents());
    naive.start();
    this.model = naive;
  }

  void run(int steps) {
    for (int step = 1; step <= steps; step++) {
      try {
        step();
        if (step % 50 == 0 || step == steps) {
          compareEverything();
        }
      } catch (AssertionError | GatehouseException e) {
        throw new AssertionError("step " + step + ": " + e.getMessage(), e);
      }
    }
  }

  private void step() {
    int client = random.nextInt(NUMBERS);
    int resource = random.nextInt(NUMBERS);
    var key = Samples.key(client, resource);
    switch (random.nextInt(100)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> {
        var created = Samples.client(client, random.nextInt(NUMBERS), random.nextInt(NUMBERS));
        both(store -> plain(store.createClient(created, rules.soon())));
      }
      case 8, 9, 10, 11 -> {
        var updated = Samples.client(client, random.nextInt(NUMBERS), random.nextInt(NUMBERS));
        boolean stale = random.nextInt(4) == 0;
        both(store ->
            plain(
                store.updateClient(
                    updated,
                    version(store.client(updated.id(), rules.soon()), stale),
                    rules.soon())));
      }
      case 12 -> both(store -> store.removeClient(Samples.clientId(client), rules.soon()));
      case 13, 14, 15, 16, 17, 18 ->
          both(store -> plain(store.createResource(Samples.resource(resource), rules.soon())));
      case 19, 20 -> {
        boolean stale = random.nextInt(4) == 0;
        both(store ->
            plain(
                store.updateResource(
                    Samples.resource(resource),
                    version(store.resource(Samples.resourceId(resource), rules.soon()), stale),
                    rules.soon())));
      }
      case 21 -> both(store -> store.removeResource(Samples.resourceId(resource), rules.soon()));
      case 22, 23, 24, 25, 26, 27, 28, 29 -> {
        boolean stale = random.nextInt(4) == 0;
        var expiry = someExpiry();
        both(store ->
            plain(
                store.extend(
                    key,
                    expiry,
                    version(store.authorization(key, rules.soon()), stale),
                    rules.soon())));
      }
      case 30, 31, 32, 33, 34, 35, 36, 37 -> both(store -> store.revoke(key, rules.soon()));
      case 38 -> both(store -> store.revokeClient(Samples.clientId(client), rules.soon()));
      case 39 -> both(store -> store.revokeResource(Samples.resourceId(resource), rules.soon()));
      case 40, 41, 42, 43, 44 -> {
        var list = someList(client);
        both(store -> {
          var report = store.reconcile(list, rules.soon());
          return report.removed() + " removed, " + report.updated() + " updated";
        });
      }
      case 45, 46, 47, 48 -> rules.time().advance(Duration.ofSeconds(random.nextInt(120)));
      case 49, 50, 51, 52 -> advanceToTheEdgeOfAnExpiry();
      case 53 -> rules.store().sweep(1 + random.nextInt(10), rules.soon());
      case 54 -> model.sweep(1 + random.nextInt(10), rules.soon());
      case 55 -> {
        if (random.nextInt(10) == 0 && rules.survivesReopen()) {
          rules.reopen();
        }
      }
      default -> {
        var granted = new Authorization(key, rules.now(), someExpiry(), "walk");
        both(store -> plain(store.grant(granted, rules.soon())));
      }
    }
    long version = rules.store().version(rules.soon());
    assertThat(version).isGreaterThanOrEqualTo(lastVersion);
    lastVersion = version;
  }

  /** Stops exactly at an expiry, or a nanosecond before it, where mistakes are made. */
  private void advanceToTheEdgeOfAnExpiry() {
    for (var held : model.expiringBefore(Instant.MAX, 10_000, rules.soon())) {
      var left = Duration.between(rules.now(), held.value().expiresAt().orElseThrow());
      if (left.isPositive()) {
        rules.time().advance(random.nextBoolean() ? left : left.minusNanos(1));
        return;
      }
    }
  }

  private Optional<Instant> someExpiry() {
    return random.nextInt(10) == 0
        ? Optional.empty()
        : Optional.of(rules.now().plusSeconds(random.nextInt(-5, 600)));
  }

  private Reconciliation.AuthoritativeList someList(int client) {
    boolean full = random.nextBoolean();
    var listed = new HashMap<AuthorizationKey, Optional<Instant>>();
    int count = random.nextInt(4) == 0 ? 0 : random.nextInt(NUMBERS * 3);
    for (int i = 0; i < count; i++) {
      var key = Samples.key(full ? random.nextInt(NUMBERS) : client, random.nextInt(NUMBERS));
      var held = model.authorization(key, rules.soon());
      listed.put(
          key,
          held.isPresent() && random.nextBoolean() ? held.get().value().expiresAt() : someExpiry());
    }
    return new Reconciliation.AuthoritativeList(
        full ? Optional.empty() : Optional.of(Samples.clientId(client)), listed);
  }

  private static long version(Optional<? extends Versioned<?>> stored, boolean stale) {
    return stored.map(Versioned::version).orElse(1L) - (stale ? 1 : 0);
  }

  /** A result without versions, and without which of several holders was named. */
  private static <T> String plain(WriteResult<T> result) {
    return switch (result) {
      case WriteResult.Stored<T>(var stored) -> "stored " + stored.value();
      case WriteResult.Conflict<T>(var current) -> "conflict " + current.isPresent();
    };
  }

  private void both(Function<AuthorizationStore, Object> operation) {
    assertThat(outcome(rules.store(), operation)).isEqualTo(outcome(model, operation));
  }

  private static Object outcome(
      AuthorizationStore store, Function<AuthorizationStore, Object> operation) {
    try {
      return operation.apply(store);
    } catch (GatehouseException e) {
      return e.code();
    }
  }

  private void compareEverything() {
    var actual = rules.store().snapshot(rules.soon());
    var expected = model.snapshot(rules.soon());
    assertThat(actual.clients()).containsExactlyInAnyOrderElementsOf(expected.clients());
    assertThat(actual.resources()).containsExactlyInAnyOrderElementsOf(expected.resources());
    Map<AuthorizationKey, Authorization> wanted = new HashMap<>();
    for (var authorization : expected.authorizations()) {
      if (authorization.isActiveAt(rules.now())) {
        wanted.put(authorization.key(), authorization);
      }
    }
    assertThat(rules.active()).isEqualTo(wanted);
    for (var client : expected.clients()) {
      assertThat(rules.store().clientByKey(client.publicKey(), rules.soon()))
          .map(Versioned::value)
          .contains(client);
    }
  }
}
