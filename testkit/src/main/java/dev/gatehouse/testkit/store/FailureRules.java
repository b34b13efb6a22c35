package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.store.Reconciliation;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Rules 33 to 36: what a store says when it cannot know, and what it does not listen to.
 *
 * @since 0.1.0
 */
public interface FailureRules extends StoreRules {

  private Map<String, Consumer<Deadline>> everyCall() {
    var calls = new LinkedHashMap<String, Consumer<Deadline>>();
    var none = Optional.<String>empty();
    calls.put("version", d -> store().version(d));
    calls.put("createClient", d -> store().createClient(Samples.client(5), d));
    calls.put("updateClient", d -> store().updateClient(Samples.client(0), 1, d));
    calls.put("removeClient", d -> store().removeClient(Samples.clientId(9), d));
    calls.put("client", d -> store().client(Samples.clientId(9), d));
    calls.put("clientByKey", d -> store().clientByKey(Samples.publicKey(9), d));
    calls.put("clients", d -> store().clients(none, 10, d));
    calls.put("createResource", d -> store().createResource(Samples.resource(5), d));
    calls.put("updateResource", d -> store().updateResource(Samples.resource(0), 1, d));
    calls.put("removeResource", d -> store().removeResource(Samples.resourceId(9), d));
    calls.put("resource", d -> store().resource(Samples.resourceId(9), d));
    calls.put("resources", d -> store().resources(none, 10, d));
    calls.put(
        "grant",
        d -> store().grant(Samples.authorization(0, 0, Instant.EPOCH, Optional.empty()), d));
    calls.put("extend", d -> store().extend(Samples.key(0, 0), Optional.empty(), 1, d));
    calls.put("revoke", d -> store().revoke(Samples.key(9, 9), d));
    calls.put("revokeClient", d -> store().revokeClient(Samples.clientId(9), d));
    calls.put("revokeResource", d -> store().revokeResource(Samples.resourceId(9), d));
    calls.put("authorization", d -> store().authorization(Samples.key(9, 9), d));
    calls.put("authorizations", d -> store().authorizations(none, 10, d));
    calls.put("expiringBefore", d -> store().expiringBefore(Instant.EPOCH, 10, d));
    calls.put("sweep", d -> store().sweep(10, d));
    calls.put(
        "reconcile",
        d ->
            store()
                .reconcile(
                    new Reconciliation.AuthoritativeList(
                        Optional.of(Samples.clientId(9)), Map.of()),
                    d));
    calls.put("snapshot", d -> store().snapshot(d));
    calls.put("changes", d -> store().changes(0, 10, d));
    calls.put("backup", d -> store().backup(directory().resolve("backup"), d));
    calls.put("verify", d -> store().verify(d));
    return calls;
  }

  private static void assertFails(String call, Runnable attempt, StandardErrorCode code) {
    assertThat(catchThrowable(attempt::run))
        .as(call)
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> {
              assertThat(e.code()).as(call).isEqualTo(code);
              assertThat(e.problem()).as(call).endsWith(".");
            });
  }

  /** Rule 33. */
  @Test
  default void rule33UnknownIsNotAbsent() {
    createBasics(2);
    grant(0, 0, Optional.empty());
    var deadline = soon();
    var calls = everyCall();
    store().close();
    calls.forEach((name, call) ->
        assertFails(name, () -> call.accept(deadline), StandardErrorCode.STORE_UNAVAILABLE));
    assertFails("watch", () -> store().watch(0, change -> {}), StandardErrorCode.STORE_UNAVAILABLE);
    store().close();
  }

  /** Rule 34. */
  @Test
  default void rule34NobodyWaitsBeyondTheDeadline() {
    createBasics(1);
    var passed = Deadline.after(Duration.ZERO, time());
    var before = store().snapshot(soon());
    everyCall()
        .forEach((name, call) ->
            assertFails(name, () -> call.accept(passed), StandardErrorCode.STORE_DEADLINE));
    assertSame(before);
  }

  /** Rule 35. */
  @Test
  default void rule35TheStoreListensToNothing() {
    createBasics(2);
    grant(0, 0, in(Duration.ofHours(1)));
    if (survivesReopen()) {
      reopen();
    }
    store().sweep(10, soon());
    assertThat(events().subscribed()).as("subscriptions to events").isEmpty();
    assertThat(busConsumers()).as("consumers on the event bus").isEmpty();
  }

  /** Rule 36. */
  @Test
  default void rule36ALostConnectionEndsNothing() {
    createBasics(3);
    for (int i = 0; i < 3; i++) {
      grant(i, i, in(Duration.ofHours(1)));
    }
    var before = store().snapshot(soon());
    for (int i = 0; i < 3; i++) {
      for (var reason : DisconnectReason.values()) {
        events()
            .publish(
                new GatewayEvent.PeerDisconnected(
                    now(), Samples.clientId(i), Samples.publicKey(i), reason));
      }
    }
    assertSame(before);
    assertThat(store().version(soon())).isEqualTo(before.version());
    if (survivesReopen()) {
      reopen();
      assertSame(before);
    }
  }
}
