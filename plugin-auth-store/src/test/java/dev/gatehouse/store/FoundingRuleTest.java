package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories with connections that come and go, restarts, gateways that are cut off from the
 * store, authoritative lists and clocks that jump. At every moment, whoever is allowed was granted
 * that by somebody, for at least this long, and it was not taken back since; and while the clock is
 * left alone, nobody loses what was granted. A gateway that is cut off goes by what it last heard,
 * within its budget.
 */
class FoundingRuleTest {

  private static final int STEPS = Integer.getInteger("gatehouse.store.history", 1500);
  private static final int NUMBERS = 5;
  private static final Duration BUDGET = Duration.ofMinutes(10);

  /** What can happen. */
  private enum Step {
    GRANT(14),
    EXTEND(4),
    REVOKE(3),
    REVOKE_CLIENT(1),
    REMOVE_RESOURCE(1),
    RECONCILE_FULL(1),
    RECONCILE_PARTIAL(1),
    RECONCILE_EMPTY(1),
    DISCONNECT(3),
    ROAM(1),
    RESTART(1),
    PARTITION(2),
    HEAL(2),
    TIME_PASSES(8),
    CLOCK_JUMP(1);

    private final int weight;

    Step(int weight) {
      this.weight = weight;
    }
  }

  private static final List<Step> BAG =
      Arrays.stream(Step.values())
          .flatMap(step -> Collections.nCopies(step.weight, step).stream())
          .toList();

  /** Where the clocks are compared, steps up to the tolerance may hide. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  @TempDir private Path directory;

  private final long seed = Long.getLong("gatehouse.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Until when, on a clock that nobody can set, each key is permitted; empty for always. */
  private final Map<AuthorizationKey, Optional<Duration>> permitted = new HashMap<>();

  private final Map<Step, Integer> taken = new EnumMap<>(Step.class);
  private Duration lived = Duration.ZERO;

  /** What a gateway knows: everything when it last heard of the store, and nothing since. */
  private Map<AuthorizationKey, Authorization> heard = Map.of();

  private Map<AuthorizationKey, Optional<Duration>> permittedWhenHeard = Map.of();
  private long heardVersion = -1;
  private Duration heardAt = Duration.ZERO;
  private boolean knewTime = true;
  private boolean cutOff;

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
        assertThat(allowedByTheStore(fixture)).containsExactly(Samples.key(0, 0));
        time.advance(Duration.ofMinutes(1));
        fixture.store().sweep(10, fixture.soon());
      }
      assertThat(fixture.authorizations()).isEmpty();
    }
  }

  private void walk(boolean clockJumps) throws Exception {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(NUMBERS);
      for (int number = 0; number < STEPS; number++) {
        var step = BAG.get(random.nextInt(BAG.size()));
        if (step != Step.CLOCK_JUMP || clockJumps) {
          taken.merge(step, 1, Integer::sum);
          perform(fixture, step);
        }
        fixture.store().sweep(10_000, fixture.soon());
        hear(fixture);
        check(fixture, number, clockJumps);
      }
    }
    System.out.printf(
        "founding rule%s: %d steps %s, -Dgatehouse.seed=%d%n",
        clockJumps ? " with clock jumps" : "", STEPS, taken, seed);
    assertThat(taken).hasSize(Step.values().length - (clockJumps ? 0 : 1));
  }

  private void check(Fixture fixture, int number, boolean clockJumps) {
    var slack = clockJumps ? SLACK : Duration.ZERO;
    for (var key : allowedByTheStore(fixture)) {
      assertThat(isPermitted(permitted, key, slack))
          .as(
              "seed %d step %d: %s is allowed after %s but was granted until %s",
              seed, number, key, lived, permitted.get(key))
          .isTrue();
    }
    var byTheGateway = allowedByTheGateway(fixture);
    for (var key : byTheGateway) {
      // Cut off, a gateway has its wall clock and its budget; only the store knows of earlier
      // steps.
      boolean granted =
          (cutOff && clockJumps)
              ? permittedWhenHeard.containsKey(key)
              : isPermitted(permittedWhenHeard, key, slack);
      assertThat(granted)
          .as("seed %d step %d: %s is allowed by a gateway, cut off: %s", seed, number, key, cutOff)
          .isTrue();
    }
    if (!clockJumps) {
      assertThat(allowedByTheStore(fixture))
          .as("seed %d step %d", seed, number)
          .containsAll(
              permitted.keySet().stream()
                  .filter(key -> isPermitted(permitted, key, Duration.ZERO))
                  .toList());
      if (!cutOff) {
        assertThat(byTheGateway)
            .as("seed %d step %d", seed, number)
            .isEqualTo(allowedByTheStore(fixture));
      }
    }
  }

  /** A gateway catches up by the changes after the version it knows, or by a snapshot. */
  private void hear(Fixture fixture) {
    if (cutOff) {
      return;
    }
    var store = fixture.store();
    var changes =
        heardVersion < 0
            ? List.<StoreChange>of(new StoreChange.Gap(0))
            : store.changes(heardVersion, 10_000, fixture.soon());
    if (changes.stream().anyMatch(StoreChange.Gap.class::isInstance)) {
      heard = fixture.authorizations();
      heardVersion = store.version(fixture.soon());
    } else {
      var next = new TreeMap<>(heard);
      for (var change : changes) {
        switch (change) {
          case StoreChange.AuthorizationPut put ->
              next.put(put.authorization().key(), put.authorization());
          case StoreChange.AuthorizationRemoved removed -> next.remove(removed.key());
          default -> {
            // clients and resources stay the same here
          }
        }
        heardVersion = change.version();
      }
      heard = next;
    }
    permittedWhenHeard = Map.copyOf(permitted);
    heardAt = lived;
    knewTime = store.knowsTime();
  }

  private boolean isPermitted(
      Map<AuthorizationKey, Optional<Duration>> permissions, AuthorizationKey key, Duration slack) {
    var until = permissions.get(key);
    return until != null && (until.isEmpty() || lived.compareTo(until.get().plus(slack)) < 0);
  }

  private Set<AuthorizationKey> allowedByTheStore(Fixture fixture) {
    return allowed(fixture, fixture.authorizations(), fixture.store().knowsTime());
  }

  private Set<AuthorizationKey> allowedByTheGateway(Fixture fixture) {
    boolean inTime = lived.minus(heardAt).compareTo(BUDGET) <= 0;
    return inTime ? allowed(fixture, heard, knewTime) : Set.of();
  }

  /** As a gateway judges: by what is stored, the wall clock, and whether the time is known. */
  private static Set<AuthorizationKey> allowed(
      Fixture fixture, Map<AuthorizationKey, Authorization> held, boolean knowsTime) {
    var allowed = new TreeSet<AuthorizationKey>();
    for (var authorization : held.values()) {
      if (authorization.isActiveAt(fixture.context().time().now())
          && (authorization.expiresAt().isEmpty() || knowsTime)) {
        allowed.add(authorization.key());
      }
    }
    return allowed;
  }

  private void perform(Fixture fixture, Step step) throws Exception {
    int client = random.nextInt(NUMBERS);
    var key = Samples.key(client, random.nextInt(NUMBERS));
    var store = fixture.store();
    var time = fixture.context().time();
    switch (step) {
      case GRANT -> grant(fixture, key);
      case EXTEND -> extend(fixture, key);
      case REVOKE -> {
        store.revoke(key, fixture.soon());
        permitted.remove(key);
      }
      case REVOKE_CLIENT -> {
        store.revokeClient(key.client(), fixture.soon());
        permitted.keySet().removeIf(other -> other.client().equals(key.client()));
      }
      case REMOVE_RESOURCE -> {
        store.removeResource(key.resource(), fixture.soon());
        permitted.keySet().removeIf(other -> other.resource().equals(key.resource()));
        fixture.createBasics(NUMBERS);
      }
      case RECONCILE_FULL -> reconcile(fixture, client, 2);
      case RECONCILE_PARTIAL -> reconcile(fixture, client, 1);
      case RECONCILE_EMPTY -> reconcile(fixture, client, 0);
      case DISCONNECT ->
          fixture
              .context()
              .events()
              .publish(
                  new GatewayEvent.PeerDisconnected(
                      time.now(),
                      key.client(),
                      Samples.publicKey(client),
                      DisconnectReason.values()[random.nextInt(DisconnectReason.values().length)]));
      case ROAM ->
          fixture
              .context()
              .events()
              .publish(
                  new GatewayEvent.PeerRoamed(
                      time.now(),
                      key.client(),
                      Samples.publicKey(client),
                      Endpoint.parse("192.0.2.7:4500")));
      case RESTART -> fixture.reopen();
      case PARTITION -> cutOff = true;
      case HEAL -> cutOff = false;
      case TIME_PASSES -> pass(fixture, random.nextInt(1, 200));
      case CLOCK_JUMP -> jump(fixture);
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
        new Authorization(key, fixture.context().time().now(), expiry(fixture, length), "history");
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
