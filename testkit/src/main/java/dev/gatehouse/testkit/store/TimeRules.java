package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.testkit.lab.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Rules 12 to 16: what time does.
 *
 * @since 0.1.0
 */
public interface TimeRules extends StoreRules {

  /** Rule 12. */
  @Test
  default void rule12AtItsExpiryAnAuthorizationIsOver() {
    createBasics(2);
    var granted = grant(0, 0, in(Duration.ofHours(1)));
    grant(0, 1, in(Duration.ofHours(1)));
    grant(1, 1, in(Duration.ofHours(1)));
    time().advance(Duration.ofHours(1).minusNanos(1));
    assertThat(active()).hasSize(3);
    time().advance(Duration.ofNanos(1));
    assertThat(active()).isEmpty();
    var extended =
        store().extend(Samples.key(0, 0), in(Duration.ofHours(1)), granted.version(), soon());
    assertThat(conflict(extended)).isEmpty();
    assertThat(store().revoke(Samples.key(0, 0), soon())).isFalse();
    assertThat(store().revokeClient(Samples.clientId(0), soon())).isZero();
    var again = grant(1, 1, in(Duration.ofHours(1)));
    assertThat(active()).containsOnlyKeys(again.value().key());
  }

  /** Rule 13. */
  @Test
  default void rule13ASweepEndsWhatHasExpiredAndNothingElse() {
    createBasics(4);
    grant(0, 0, in(Duration.ofMinutes(1)));
    grant(1, 1, in(Duration.ofMinutes(2)));
    grant(2, 2, in(Duration.ofMinutes(3)));
    grant(3, 3, Optional.empty());
    long before = store().version(soon());
    time().advance(Duration.ofMinutes(2));
    sweepAll();
    assertThat(store().snapshot(soon()).authorizations())
        .extracting(held -> held.key())
        .containsExactlyInAnyOrder(Samples.key(2, 2), Samples.key(3, 3));
    assertThat(store().changes(before, 10, soon()))
        .allSatisfy(change ->
            assertThat(change)
                .isInstanceOfSatisfying(
                    StoreChange.AuthorizationRemoved.class,
                    removed -> assertThat(removed.reason()).isEqualTo(EndReason.EXPIRED)))
        .hasSize(2);
  }

  /** Rule 14. */
  @Test
  default void rule14TheStoreEndsWhatHasExpiredByItself() {
    createBasics(1);
    grant(0, 0, in(Duration.ofMinutes(1)));
    time().advance(Duration.ofMinutes(1));
    Await.until(
        "the expired authorization to go",
        patience(),
        () -> store().authorization(Samples.key(0, 0), soon()).isEmpty());
  }

  /** Rule 15. */
  @Test
  default void rule15WhatEndedStaysEnded() {
    createBasics(3);
    var expired = grant(0, 0, in(Duration.ofMinutes(1)));
    var revoked = grant(1, 1, in(Duration.ofHours(1)));
    time().advance(Duration.ofMinutes(1));
    sweepAll();
    store().revoke(Samples.key(1, 1), soon());
    time().setWall(now().minus(Duration.ofHours(1)));
    assertThat(active()).isEmpty();
    var later = in(Duration.ofHours(5));
    conflict(store().extend(Samples.key(0, 0), later, expired.version(), soon()));
    conflict(store().extend(Samples.key(1, 1), later, revoked.version(), soon()));
    assertThat(active()).isEmpty();
    if (survivesReopen()) {
      reopen();
      assertThat(active()).isEmpty();
      time().setWall(Instant.EPOCH);
      reopen();
      assertThat(active()).isEmpty();
    }
  }

  /** Rule 16. */
  @Test
  default void rule16WhatExpiresBeforeAMomentIsListedSoonestFirst() {
    createBasics(5);
    for (int i = 0; i < 4; i++) {
      grant(i, 0, in(Duration.ofMinutes(40L - 10L * i)));
    }
    grant(4, 0, Optional.empty());
    var before31 = store().expiringBefore(now().plus(Duration.ofMinutes(31)), 100, soon());
    assertThat(before31)
        .extracting(held -> held.value().key())
        .containsExactly(Samples.key(3, 0), Samples.key(2, 0), Samples.key(1, 0));
    assertThat(store().expiringBefore(now().plus(Duration.ofMinutes(30)), 100, soon())).hasSize(2);
    assertThat(store().expiringBefore(now().plus(Duration.ofDays(1)), 1, soon()))
        .extracting(held -> held.value().key())
        .containsExactly(Samples.key(3, 0));
    assertThat(store().expiringBefore(Instant.MAX, 100, soon())).hasSize(4);
    assertThat(store().expiringBefore(Instant.MIN, 100, soon())).isEmpty();
  }
}
