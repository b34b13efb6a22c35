package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories with connections that come and go, restarts, authoritative lists and clocks that
 * jump. At every moment, whoever is allowed was granted that by somebody, for at least this long,
 * and it was not taken back since; and while the clock is left alone, nobody loses what was
 * granted.
 */
class FoundingRuleTest {

  private static final int STEPS = Integer.getInteger("gatehouse.store.history", 1500);
  private static final int NUMBERS = 5;

  /** Where the clocks are compared, steps up to the tolerance may hide. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  @TempDir private Path directory;

  private final long seed = Long.getLong("gatehouse.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Until when, on a clock that nobody can set, each key is permitted; empty for always. */
  private final Map<AuthorizationKey, Optional<Duration>> permitted = new HashMap<>();

  private Duration lived = Duration.ZERO;

  @Test
  void nobodyIsAllowedWhatNobodyGranted() throws Exception {
    walk(true);
  }

  @Test
  void nobodyLosesWhatWasGranted() throws Exception {
    walk(false);
  }

  @Test
  void whatIsGrantedByAClockThatIsSetRightLastsAsLongAsGranted() throws Exception {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(2);
      var time = fixture.context().time();
      time.setWall(time.now().plus(Duration.ofDays(3650)));
      fixture.grant(0, 0, Optional.of(time.now().plusSeconds(3600)));
      for (int minute = 1; minute <= 60; minute++) {
        assertThat(allowed(fixture)).containsOnlyKeys(Samples.key(0, 0));
        time.advance(Duration.ofMinutes(1));
        fixture.store().sweep(10, fixture.soon());
      }
      assertThat(fixture.authorizations()).isEmpty();
    }
  }

  private void walk(boolean clockJumps) throws Exception {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(NUMBERS);
      for (int step = 0; step < STEPS; step++) {
        step(fixture, clockJumps);
        fixture.store().sweep(10_000, fixture.soon());
        var allowed = allowed(fixture);
        for (var key : allowed.keySet()) {
          assertThat(isPermitted(key, clockJumps ? SLACK : Duration.ZERO))
              .as(
                  "seed %d step %d: %s is allowed after %s but was granted until %s",
                  seed, step, key, lived, permitted.get(key))
              .isTrue();
        }
        if (!clockJumps) {
          assertThat(allowed.keySet())
              .as("seed %d step %d", seed, step)
              .containsAll(
                  permitted.keySet().stream().filter(k -> isPermitted(k, Duration.ZERO)).toList());
        }
      }
    }
  }

  private boolean isPermitted(AuthorizationKey key, Duration slack) {
    var until = permitted.get(key);
    return until != null && (until.isEmpty() || lived.compareTo(until.get().plus(slack)) < 0);
  }

  /** As a gateway judges: by what is stored, the wall clock, and whether the time is known. */
  private static Map<AuthorizationKey, Optional<Instant>> allowed(Fixture fixture) {
    var allowed = new TreeMap<AuthorizationKey, Optional<Instant>>();
    for (var authorization : fixture.authorizations().values()) {
      boolean timeCounts = authorization.expiresAt().isPresent();
      if (authorization.isActiveAt(fixture.context().time().now())
          && (!timeCounts || fixture.store().knowsTime())) {
        allowed.put(authorization.key(), authorization.expiresAt());
      }
    }
    return allowed;
  }

  private void step(Fixture fixture, boolean clockJumps) throws Exception {
    int client = random.nextInt(NUMBERS);
    var key = Samples.key(client, random.nextInt(NUMBERS));
    var store = fixture.store();
    var time = fixture.context().time();
    switch (random.nextInt(40)) {
      case 0, 1, 2 -> {
        store.revoke(key, fixture.soon());
        permitted.remove(key);
      }
      case 3 -> {
        store.revokeClient(key.client(), fixture.soon());
        permitted.keySet().removeIf(other -> other.client().equals(key.client()));
      }
      case 4 -> {
        store.removeResource(key.resource(), fixture.soon());
        permitted.keySet().removeIf(other -> other.resource().equals(key.resource()));
        fixture.createBasics(NUMBERS);
      }
      case 5, 6 -> reconcile(fixture, client, random.nextInt(3));
      case 7, 8, 9, 10 -> extend(fixture, key);
      case 11, 12, 13 ->
          fixture
              .context()
              .events()
              .publish(
                  new GatewayEvent.PeerDisconnected(
                      time.now(),
                      key.client(),
                      Samples.publicKey(client),
                      DisconnectReason.values()[random.nextInt(DisconnectReason.values().length)]));
      case 14 ->
          fixture
              .context()
              .events()
              .publish(
                  new GatewayEvent.PeerRoamed(
                      time.now(),
                      key.client(),
                      Samples.publicKey(client),
                      Endpoint.parse("192.0.2.7:4500")));
      case 15 -> {
        if (random.nextInt(4) == 0) {
          fixture.reopen();
        }
      }
      case 16, 17, 18, 19, 20, 21, 22, 23 -> pass(fixture, random.nextInt(1, 200));
      case 24 -> {
        if (clockJumps) {
          jump(fixture);
        }
      }
      default -> grant(fixture, key);
    }
  }

  private void pass(Fixture fixture, int seconds) {
    fixture.context().time().advance(Duration.ofSeconds(seconds));
    lived = lived.plusSeconds(seconds);
  }

  private void jump(Fixture fixture) {
    var time = fixture.context().time();
    long seconds =
        switch (random.nextInt(4)) {
          case 0 -> 3600;
          case 1 -> 10L * 365 * 86_400;
          case 2 -> random.nextLong(10, 100);
          default -> random.nextLong(10, 100_000);
        };
    switch (random.nextInt(5)) {
      case 0 -> time.setWall(Instant.EPOCH.plusSeconds(random.nextInt(1000)));
      case 1, 2 -> time.setWall(time.now().plusSeconds(seconds));
      default -> time.setWall(time.now().minusSeconds(seconds));
    }
  }

  private Optional<Duration> someLength() {
    return random.nextInt(8) == 0
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(random.nextInt(1, 900)));
  }

  private Optional<Instant> expiry(Fixture fixture, Optional<Duration> length) {
    return length.map(fixture.context().time().now()::plus);
  }

  private void grant(Fixture fixture, AuthorizationKey key) {
    var length = someLength();
    var authorization =
        new dev.gatehouse.api.model.Authorization(
            key, fixture.context().time().now(), expiry(fixture, length), "history");
    if (fixture.store().grant(authorization, fixture.soon()) instanceof WriteResult.Stored) {
      permitted.put(key, length.map(lived::plus));
    }
  }

  private void extend(Fixture fixture, AuthorizationKey key) {
    var held = fixture.store().authorization(key, fixture.soon());
    var length = someLength();
    if (held.isPresent()
        && fixture
                .store()
                .extend(key, expiry(fixture, length), held.get().version(), fixture.soon())
            instanceof WriteResult.Stored) {
      permitted.put(key, length.map(lived::plus));
    }
  }

  /** A full list, a list for one client, or an empty one. */
  private void reconcile(Fixture fixture, int client, int kind) {
    var listed = new HashMap<AuthorizationKey, Optional<Instant>>();
    var lengths = new HashMap<AuthorizationKey, Optional<Duration>>();
    for (int i = 0; kind != 0 && i < NUMBERS * 3; i++) {
      var key = Samples.key(kind == 1 ? client : random.nextInt(NUMBERS), random.nextInt(NUMBERS));
      var length = someLength();
      lengths.put(key, length);
      listed.put(key, expiry(fixture, length));
    }
    var scope =
        kind == 1
            ? Optional.of(Samples.clientId(client))
            : Optional.<dev.gatehouse.api.model.ClientId>empty();
    fixture.store().reconcile(new Reconciliation.AuthoritativeList(scope, listed), fixture.soon());
    permitted
        .keySet()
        .removeIf(key ->
            (scope.isEmpty() || scope.get().equals(key.client())) && !listed.containsKey(key));
    for (var key : lengths.keySet()) {
      // Nothing is created: only what was permitted can be prolonged by a list.
      if (fixture.store().authorization(key, fixture.soon()).isPresent()) {
        permitted.put(key, lengths.getOrDefault(key, Optional.empty()).map(lived::plus));
      }
    }
  }
}
