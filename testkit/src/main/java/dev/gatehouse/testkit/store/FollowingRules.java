package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.testkit.lab.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Rules 26 to 32: what those who follow the store get.
 *
 * @since 0.1.0
 */
public interface FollowingRules extends StoreRules {

  private void someHistory() {
    createBasics(4);
    for (int i = 0; i < 4; i++) {
      grant(i, i, in(Duration.ofMinutes(1 + i)));
    }
    var held = store().authorization(Samples.key(3, 3), soon()).orElseThrow();
    stored(store().extend(Samples.key(3, 3), in(Duration.ofDays(1)), held.version(), soon()));
    store().revoke(Samples.key(1, 1), soon());
    time().advance(Duration.ofMinutes(1));
    sweepAll();
    store().removeClient(Samples.clientId(2), soon());
    store().removeResource(Samples.resourceId(1), soon());
    store().reconcile(new Reconciliation.AuthoritativeList(Optional.empty(), Map.of()), soon());
    grant(0, 0, Optional.empty());
  }

  private List<StoreChange> allChanges(long after, int portion) {
    var all = new ArrayList<StoreChange>();
    long position = after;
    while (true) {
      var some = store().changes(position, portion, soon());
      if (some.isEmpty()) {
        return all;
      }
      all.addAll(some);
      position = some.getLast().version();
      assertThat(all).hasSizeLessThan(10_000);
    }
  }

  /** Rule 26. */
  @Test
  default void rule26ChangesTellTheWholeStoryInOrder() {
    someHistory();
    for (int round = 0; round < (survivesReopen() ? 2 : 1); round++) {
      var all = allChanges(0, 10_000);
      assertThat(all).noneMatch(StoreChange.Gap.class::isInstance);
      assertThat(all).extracting(StoreChange::version).isSorted();
      assertThat(all.getLast().version()).isEqualTo(store().version(soon()));
      assertThat(allChanges(0, 1)).isEqualTo(all);
      assertThat(allChanges(0, 3)).isEqualTo(all);
      var replay = new Replay();
      all.forEach(replay::apply);
      replay.assertSameAs(store().snapshot(soon()));
      var middle = all.get(all.size() / 2).version();
      assertThat(allChanges(middle, 10_000))
          .isEqualTo(all.stream().filter(change -> change.version() > middle).toList());
      assertThat(store().changes(store().version(soon()), 10, soon())).isEmpty();
      if (survivesReopen()) {
        reopen();
      }
    }
  }

  /** Rule 27. */
  @Test
  default void rule27WhatIsNotKnownIsToldAsAGap() {
    createBasics(2);
    long ahead = store().version(soon()) + 1_000_000_000;
    assertThat(store().changes(ahead, 10, soon()))
        .singleElement()
        .isInstanceOf(StoreChange.Gap.class);
    var seen = new CopyOnWriteArrayList<StoreChange>();
    try (var watch = store().watch(ahead, seen::add)) {
      assertThat(watch).isNotNull();
      Await.until("the gap", patience(), () -> !seen.isEmpty());
      grant(0, 0, Optional.empty());
      Await.until(
          "the change after the gap",
          patience(),
          () -> seen.getLast() instanceof StoreChange.AuthorizationPut);
    }
    assertThat(seen.getFirst()).isInstanceOf(StoreChange.Gap.class);
  }

  /** Rule 28. */
  @Test
  default void rule28AWatchDeliversEveryChangeInOrder() throws Exception {
    createBasics(8);
    long start = store().version(soon());
    var fromStart = new CopyOnWriteArrayList<StoreChange>();
    var fromNothing = new CopyOnWriteArrayList<StoreChange>();
    var inside = new AtomicInteger();
    try (var first =
            store()
                .watch(
                    start,
                    change -> {
                      assertThat(inside.incrementAndGet()).isEqualTo(1);
                      fromStart.add(change);
                      inside.decrementAndGet();
                    });
        var second = store().watch(0, fromNothing::add);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(first).isNotSameAs(second);
      for (int i = 0; i < 8; i++) {
        int number = i;
        var unused =
            threads.submit(() -> {
              for (int round = 0; round < 10; round++) {
                grant(number, number, Optional.empty());
                store().revoke(Samples.key(number, number), soon());
              }
            });
        assertThat(unused).isNotNull();
      }
      Await.until("every change", patience(), () -> fromStart.size() >= 160);
      Await.until("every change from the beginning", patience(), () -> fromNothing.size() >= 176);
    }
    assertThat(fromStart).isEqualTo(allChanges(start, 10_000));
    assertThat(fromNothing).isEqualTo(allChanges(0, 10_000));
  }

  /** Rule 29. */
  @Test
  default void rule29AfterCloseAWatchDeliversNothing() {
    createBasics(2);
    var witnessed = new AtomicInteger();
    try (var witness = store().watch(store().version(soon()), c -> witnessed.incrementAndGet())) {
      assertThat(witness).isNotNull();
      for (int round = 1; round <= 50; round++) {
        var closed = new AtomicBoolean();
        var late = new AtomicInteger();
        var watch =
            store()
                .watch(
                    0,
                    change -> {
                      if (closed.get()) {
                        late.incrementAndGet();
                      }
                    });
        grant(0, 0, Optional.empty());
        watch.close();
        closed.set(true);
        store().revoke(Samples.key(0, 0), soon());
        int changes = 2 * round;
        Await.until("the witness", patience(), () -> witnessed.get() >= changes);
        watch.close();
        assertThat(late).hasValue(0);
      }
    }
  }

  /** Rule 30. */
  @Test
  default void rule30AWatcherThatFailsIsNotCutOff() {
    createBasics(3);
    var seen = new CopyOnWriteArrayList<StoreChange>();
    try (var watch =
        store()
            .watch(
                0,
                change -> {
                  seen.add(change);
                  throw new IllegalStateException("on purpose");
                })) {
      assertThat(watch).isNotNull();
      Await.until("all changes", patience(), () -> seen.size() >= 6);
      grant(0, 0, Optional.empty());
      Await.until("one more", patience(), () -> seen.size() >= 7);
    }
    assertThat(seen).isEqualTo(allChanges(0, 100));
  }

  /** Rule 31. */
  @Test
  default void rule31EventsTellWhatHappenedInTheOrderOfVersions() {
    someHistory();
    var told = events().published(GatewayEvent.AuthorizationEvent.class);
    assertThat(told).extracting(GatewayEvent.AuthorizationEvent::version).isSorted();
    assertThat(events().published(GatewayEvent.AuthorizationGranted.class)).hasSize(5);
    assertThat(events().published(GatewayEvent.AuthorizationExtended.class))
        .extracting(event -> event.authorization().key())
        .containsExactly(Samples.key(3, 3));
    assertThat(events().published(GatewayEvent.AuthorizationExpired.class))
        .extracting(GatewayEvent.AuthorizationExpired::key)
        .containsExactly(Samples.key(0, 0));
    assertThat(events().published(GatewayEvent.AuthorizationRevoked.class))
        .extracting(GatewayEvent.AuthorizationRevoked::key)
        .contains(Samples.key(1, 1), Samples.key(2, 2));
    assertThat(events().published(GatewayEvent.Reconciled.class)).hasSize(1);
  }

  /** Rule 32. */
  @Test
  default void rule32AKeyThatWasHandedOutBelongsToTheCaller() {
    try (var secret = Samples.presharedKey(0)) {
      var passed = Samples.client(0);
      stored(
              store()
                  .createClient(
                      new Client(
                          passed.id(),
                          passed.name(),
                          passed.publicKey(),
                          Optional.of(secret),
                          passed.addresses()),
                      soon()))
          .value()
          .presharedKey()
          .ifPresent(SecretKey::close);
    }
    var first = store().client(Samples.clientId(0), soon()).orElseThrow().value();
    assertThat(first).isEqualTo(Samples.client(0));
    first.presharedKey().ifPresent(SecretKey::close);
    store()
        .snapshot(soon())
        .clients()
        .forEach(client -> client.presharedKey().ifPresent(SecretKey::close));
    store()
        .changes(0, 10, soon())
        .forEach(change -> {
          if (change instanceof StoreChange.ClientPut put) {
            put.client().presharedKey().ifPresent(SecretKey::close);
          }
        });
    assertThat(store().client(Samples.clientId(0), soon()).orElseThrow().value())
        .isEqualTo(Samples.client(0));
    assertThat(Samples.client(0).presharedKey()).isPresent();
  }
}
