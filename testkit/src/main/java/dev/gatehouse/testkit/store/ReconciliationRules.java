package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Rules 17 to 20: what an authoritative list does.
 *
 * @since 0.1.0
 */
public interface ReconciliationRules extends StoreRules {

  private Reconciliation.Report reconcile(
      Optional<Integer> client, Map<AuthorizationKey, Optional<Instant>> listed) {
    return store()
        .reconcile(
            new Reconciliation.AuthoritativeList(client.map(Samples::clientId), listed), soon());
  }

  private Optional<Instant> expiryOf(int client, int resource) {
    return store()
        .authorization(Samples.key(client, resource), soon())
        .orElseThrow()
        .value()
        .expiresAt();
  }

  /** Rule 17. */
  @Test
  default void rule17UnlistedOnesEndAndListedOnesGetTheListedExpiry() {
    createBasics(4);
    var hour = in(Duration.ofHours(1));
    var day = in(Duration.ofDays(1));
    grant(0, 0, hour);
    grant(1, 1, hour);
    var same = grant(2, 2, hour);
    grant(3, 3, Optional.empty());
    long before = store().version(soon());
    var report =
        reconcile(
            Optional.empty(),
            Map.of(Samples.key(1, 1), day, Samples.key(2, 2), hour, Samples.key(3, 3), hour));
    assertThat(report.removed()).isEqualTo(1);
    assertThat(report.updated()).isEqualTo(2);
    assertThat(report.version()).isEqualTo(store().version(soon())).isGreaterThan(before);
    assertThat(active()).containsOnlyKeys(Samples.key(1, 1), Samples.key(2, 2), Samples.key(3, 3));
    assertThat(expiryOf(1, 1)).isEqualTo(day);
    assertThat(expiryOf(3, 3)).isEqualTo(hour);
    assertThat(store().authorization(Samples.key(2, 2), soon())).contains(same);
    assertThat(store().changes(before, 10, soon()))
        .filteredOn(StoreChange.AuthorizationRemoved.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            StoreChange.AuthorizationRemoved.class,
            removed -> {
              assertThat(removed.key()).isEqualTo(Samples.key(0, 0));
              assertThat(removed.reason()).isEqualTo(EndReason.RECONCILED);
            });
  }

  /** Rule 18. */
  @Test
  default void rule18AListCreatesNothingAndBringsNothingBack() {
    createBasics(3);
    grant(0, 0, in(Duration.ofMinutes(1)));
    grant(1, 1, in(Duration.ofHours(1)));
    store().revoke(Samples.key(1, 1), soon());
    time().advance(Duration.ofMinutes(1));
    var day = in(Duration.ofDays(1));
    var report =
        reconcile(
            Optional.empty(),
            Map.of(
                Samples.key(0, 0),
                day,
                Samples.key(1, 1),
                day,
                Samples.key(2, 2),
                Optional.empty(),
                Samples.key(77, 78),
                Optional.empty()));
    assertThat(active()).isEmpty();
    assertThat(report.removed()).isZero();
    assertThat(report.updated()).isZero();
  }

  /** Rule 19. */
  @Test
  default void rule19AListReachesNoFurtherThanItsScope() {
    createBasics(3);
    var hour = in(Duration.ofHours(1));
    grant(0, 0, hour);
    grant(0, 1, hour);
    grant(1, 0, hour);
    assertThatThrownBy(() -> reconcile(Optional.of(0), Map.of(Samples.key(1, 0), Optional.empty())))
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> assertThat(e.code()).isEqualTo(StandardErrorCode.REQUEST_INVALID));
    assertThat(active()).hasSize(3);
    var report = reconcile(Optional.of(0), Map.of(Samples.key(0, 1), hour));
    assertThat(report.removed()).isEqualTo(1);
    assertThat(active()).containsOnlyKeys(Samples.key(0, 1), Samples.key(1, 0));
  }

  /** Rule 20. */
  @Test
  default void rule20AnEmptyListEndsEverythingInItsScope() {
    createBasics(3);
    grant(0, 0, in(Duration.ofHours(1)));
    grant(1, 1, Optional.empty());
    grant(1, 2, in(Duration.ofHours(1)));
    assertThat(reconcile(Optional.of(1), Map.of()).removed()).isEqualTo(2);
    assertThat(active()).containsOnlyKeys(Samples.key(0, 0));
    assertThat(reconcile(Optional.empty(), Map.of()).removed()).isEqualTo(1);
    assertThat(active()).isEmpty();
    assertThat(store().snapshot(soon()).clients()).hasSize(3);
  }
}
