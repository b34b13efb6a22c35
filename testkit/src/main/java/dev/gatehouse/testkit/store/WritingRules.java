package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Rules 1 to 11: what a write does.
 *
 * @since 0.1.0
 */
public interface WritingRules extends StoreRules {

  /** Rule 1. */
  @Test
  default void rule01WhatWasWrittenIsReadByEverybody() throws Exception {
    createBasics(2);
    var granted = grant(0, 1, in(Duration.ofHours(1)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var other = threads.submit(() -> store().authorization(Samples.key(0, 1), soon()));
      assertThat(other.get()).contains(granted);
    }
    assertThat(store().client(Samples.clientId(0), soon()))
        .map(Versioned::value)
        .contains(Samples.client(0));
    assertThat(store().clientByKey(Samples.publicKey(1), soon()))
        .map(Versioned::value)
        .contains(Samples.client(1));
    assertThat(store().resource(Samples.resourceId(1), soon()))
        .map(Versioned::value)
        .contains(Samples.resource(1));
    assertThat(store().authorization(Samples.key(1, 1), soon())).isEmpty();
    assertThat(store().client(Samples.clientId(9), soon())).isEmpty();
    assertThat(store().clientByKey(Samples.publicKey(9), soon())).isEmpty();
    assertThat(store().resource(Samples.resourceId(9), soon())).isEmpty();
  }

  /** Rule 2. */
  @Test
  default void rule02WhatWasWrittenIsThereAfterReopening() {
    if (!survivesReopen()) {
      return;
    }
    createBasics(4);
    grant(0, 1, in(Duration.ofHours(1)));
    grant(0, 2, Optional.empty());
    grant(3, 3, in(Duration.ofHours(1)));
    store().revoke(Samples.key(3, 3), soon());
    store().removeClient(Samples.clientId(2), soon());
    var before = store().snapshot(soon());
    reopen();
    assertSame(before);
    assertThat(store().version(soon())).isEqualTo(before.version());
    assertThat(store().authorization(Samples.key(3, 3), soon())).isEmpty();
    reopen();
    assertSame(before);
  }

  /** Rule 3. */
  @Test
  default void rule03OfConcurrentWritesExactlyOneWins() throws Exception {
    createBasics(1);
    var created = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 24; i++) {
      int number = i;
      created.add(() ->
          store().createClient(Samples.client(50, 100 + number, 100 + number), soon())
              instanceof WriteResult.Stored);
    }
    assertThat(winners(created)).as("clients created with one id").isEqualTo(1);

    var granted = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 24; i++) {
      granted.add(() ->
          store().grant(Samples.authorization(0, 0, now(), Optional.empty()), soon())
              instanceof WriteResult.Stored);
    }
    assertThat(winners(granted)).as("grants of one key").isEqualTo(1);

    long version = store().authorization(Samples.key(0, 0), soon()).orElseThrow().version();
    var extended = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 24; i++) {
      var expiry = in(Duration.ofMinutes(10 + i));
      extended.add(() ->
          store().extend(Samples.key(0, 0), expiry, version, soon()) instanceof WriteResult.Stored);
    }
    assertThat(winners(extended)).as("extensions of one version").isEqualTo(1);

    var revoked = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 24; i++) {
      revoked.add(() -> store().revoke(Samples.key(0, 0), soon()));
    }
    assertThat(winners(revoked)).as("revocations of one grant").isEqualTo(1);
  }

  private static long winners(List<Callable<Boolean>> attempts) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long won = 0;
      for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
        won += attempt.get() ? 1 : 0;
      }
      return won;
    }
  }

  /** Rule 4. */
  @Test
  default void rule04VersionsOnlyGrow() {
    createBasics(3);
    long last = store().version(soon());
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 3; i++) {
        long granted = grant(i, i, Optional.empty()).version();
        assertThat(granted).isGreaterThan(last);
        assertThat(store().version(soon())).isGreaterThanOrEqualTo(granted);
        last = granted;
      }
      for (int i = 0; i < 3; i++) {
        store().revoke(Samples.key(i, i), soon());
        assertThat(store().version(soon())).isGreaterThan(last);
        last = store().version(soon());
      }
      if (survivesReopen()) {
        reopen();
        assertThat(store().version(soon())).isGreaterThanOrEqualTo(last);
      }
    }
  }

  /** Rule 5. */
  @Test
  default void rule05WhatIsRefusedChangesNothing() {
    createBasics(2);
    var granted = grant(0, 0, in(Duration.ofHours(1)));
    var before = store().snapshot(soon());
    conflict(store().createClient(Samples.client(0), soon()));
    conflict(store().createResource(Samples.resource(0), soon()));
    conflict(store().updateClient(Samples.client(0), granted.version() + 99, soon()));
    conflict(store().updateResource(Samples.resource(0), granted.version() + 99, soon()));
    conflict(store().grant(granted.value(), soon()));
    conflict(
        store().extend(granted.value().key(), Optional.empty(), granted.version() - 1, soon()));
    conflict(store().extend(Samples.key(1, 1), Optional.empty(), granted.version(), soon()));
    assertThat(store().revoke(Samples.key(1, 1), soon())).isFalse();
    assertThat(store().revokeClient(Samples.clientId(1), soon())).isZero();
    assertThat(store().revokeResource(Samples.resourceId(1), soon())).isZero();
    assertThat(store().removeClient(Samples.clientId(9), soon())).isFalse();
    assertThat(store().removeResource(Samples.resourceId(9), soon())).isFalse();
    assertThat(store().sweep(100, soon())).isZero();
    assertSame(before);
    assertThat(store().version(soon())).isEqualTo(before.version());
  }

  /** Rule 6. */
  @Test
  default void rule06IdsKeysAndAddressesAreUnique() {
    var zero = stored(store().createClient(Samples.client(0), soon()));
    var one = stored(store().createClient(Samples.client(1), soon()));
    assertThat(conflict(store().createClient(Samples.client(0, 5, 5), soon()))).contains(zero);
    assertThat(conflict(store().createClient(Samples.client(5, 1, 5), soon()))).contains(one);
    assertThat(conflict(store().createClient(Samples.client(5, 5, 1), soon()))).contains(one);
    assertThat(conflict(store().updateClient(Samples.client(0, 1, 0), zero.version(), soon())))
        .contains(one);
    assertThat(conflict(store().updateClient(Samples.client(0, 0, 1), zero.version(), soon())))
        .contains(one);
    stored(store().updateClient(Samples.client(0, 7, 7), zero.version(), soon()));
    assertThat(store().clientByKey(Samples.publicKey(0), soon())).isEmpty();
    assertThat(store().clientByKey(Samples.publicKey(7), soon())).isPresent();
    stored(store().createClient(Samples.client(8, 0, 0), soon()));
    store().removeClient(Samples.clientId(1), soon());
    stored(store().createClient(Samples.client(9, 1, 1), soon()));
  }

  /** Rule 7. */
  @Test
  default void rule07AnUpdateNeedsTheVersionItExpects() {
    createBasics(1);
    var client = store().client(Samples.clientId(0), soon()).orElseThrow();
    var resource = store().resource(Samples.resourceId(0), soon()).orElseThrow();
    assertThat(conflict(store().updateClient(Samples.client(0), client.version() + 1, soon())))
        .contains(client);
    var changed = stored(store().updateClient(Samples.client(0, 3, 3), client.version(), soon()));
    assertThat(conflict(store().updateClient(Samples.client(0), client.version(), soon())))
        .contains(changed);
    assertThat(conflict(store().updateClient(Samples.client(4), 1, soon()))).isEmpty();
    stored(store().updateResource(Samples.resource(0), resource.version(), soon()));
    conflict(store().updateResource(Samples.resource(0), resource.version(), soon()));
    assertThat(conflict(store().updateResource(Samples.resource(4), 1, soon()))).isEmpty();
  }

  /** Rule 8. */
  @Test
  default void rule08AGrantNeedsItsClientAndItsResource() {
    createBasics(1);
    for (var authorization :
        List.of(
            Samples.authorization(0, 9, now(), Optional.empty()),
            Samples.authorization(9, 0, now(), Optional.empty()))) {
      assertThatThrownBy(() -> store().grant(authorization, soon()))
          .isInstanceOfSatisfying(
              GatehouseException.class,
              e -> assertThat(e.code()).isEqualTo(StandardErrorCode.NOT_FOUND));
    }
    assertThat(active()).isEmpty();
  }

  /** Rule 9. */
  @Test
  default void rule09AGrantDoesNotReplaceAnActiveOneAndAnExtensionNeedsItsVersion() {
    createBasics(1);
    var granted = grant(0, 0, in(Duration.ofHours(1)));
    var longer = Samples.authorization(0, 0, now(), Optional.empty());
    assertThat(conflict(store().grant(longer, soon()))).contains(granted);
    assertThat(
            conflict(
                store().extend(Samples.key(0, 0), Optional.empty(), granted.version() + 7, soon())))
        .contains(granted);
    var later = in(Duration.ofHours(2));
    var extended = stored(store().extend(Samples.key(0, 0), later, granted.version(), soon()));
    assertThat(extended.value().expiresAt()).isEqualTo(later);
    assertThat(extended.value().grantedAt()).isEqualTo(granted.value().grantedAt());
    var sooner = in(Duration.ofMinutes(5));
    var shortened = stored(store().extend(Samples.key(0, 0), sooner, extended.version(), soon()));
    assertThat(store().authorization(Samples.key(0, 0), soon())).contains(shortened);
    time().advance(Duration.ofMinutes(5));
    assertThat(active()).isEmpty();
  }

  /** Rule 10. */
  @Test
  default void rule10RemovingAClientOrResourceEndsItsAuthorizations() {
    createBasics(3);
    for (int client = 0; client < 3; client++) {
      for (int resource = 0; resource < 3; resource++) {
        grant(client, resource, Optional.empty());
      }
    }
    assertThat(store().removeClient(Samples.clientId(0), soon())).isTrue();
    assertThat(store().removeResource(Samples.resourceId(0), soon())).isTrue();
    assertThat(active())
        .containsOnlyKeys(
            Samples.key(1, 1), Samples.key(1, 2), Samples.key(2, 1), Samples.key(2, 2));
    stored(store().createClient(Samples.client(0), soon()));
    stored(store().createResource(Samples.resource(0), soon()));
    assertThat(active()).hasSize(4);
  }

  /** Rule 11. */
  @Test
  default void rule11ARevocationEndsWhatItNamesAndNothingElse() {
    createBasics(3);
    for (int client = 0; client < 3; client++) {
      for (int resource = 0; resource < 3; resource++) {
        grant(client, resource, in(Duration.ofHours(1)));
      }
    }
    assertThat(store().revoke(Samples.key(0, 0), soon())).isTrue();
    assertThat(store().revoke(Samples.key(0, 0), soon())).isFalse();
    assertThat(active()).hasSize(8).doesNotContainKey(Samples.key(0, 0));
    assertThat(store().revokeClient(Samples.clientId(0), soon())).isEqualTo(2);
    assertThat(store().revokeResource(Samples.resourceId(2), soon())).isEqualTo(2);
    assertThat(active())
        .containsOnlyKeys(
            Samples.key(1, 0), Samples.key(1, 1), Samples.key(2, 0), Samples.key(2, 1));
    assertThat(store().client(Samples.clientId(0), soon())).isPresent();
    assertThat(store().resource(Samples.resourceId(2), soon())).isPresent();
  }
}
