package dev.gatehouse.testkit.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.RecordingEvents;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.assertj.core.api.Assertions;

/**
 * What the rules of the contract need. Implemented by {@link AuthorizationStoreContract}.
 *
 * @since 0.1.0
 */
public interface StoreRules {

  /** The store under test, open; an empty one at the beginning of each test. */
  AuthorizationStore store();

  /** Closes the store and opens it again on the same state. */
  AuthorizationStore reopen();

  /** Whether a store that is opened again still has what it had. */
  boolean survivesReopen();

  /** The clocks of the store under test. */
  ManualTime time();

  /** The events of the store under test. */
  RecordingEvents events();

  /** Event bus addresses at which something was registered on Vert.x. */
  List<String> busConsumers();

  /** A directory for files. */
  Path directory();

  /** How long what must happen may take on a loaded machine. */
  default Duration patience() {
    return Duration.ofSeconds(60);
  }

  /** A deadline far enough away. */
  default Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60), time());
  }

  /** The wall clock. */
  default Instant now() {
    return time().now();
  }

  /** An expiry this far from now. */
  default Optional<Instant> in(Duration duration) {
    return Optional.of(now().plus(duration));
  }

  /** Creates clients and resources with the numbers 0 to count-1. */
  default void createBasics(int count) {
    for (int i = 0; i < count; i++) {
      stored(store().createClient(Samples.client(i), soon()));
      stored(store().createResource(Samples.resource(i), soon()));
    }
  }

  /** Grants, and expects that it works. */
  default Versioned<Authorization> grant(int client, int resource, Optional<Instant> expiresAt) {
    return stored(store().grant(Samples.authorization(client, resource, now(), expiresAt), soon()));
  }

  /** The stored value, or a failure of the test. */
  default <T> Versioned<T> stored(WriteResult<T> result) {
    return switch (result) {
      case WriteResult.Stored<T>(var stored) -> stored;
      case WriteResult.Conflict<T> conflict ->
          throw new AssertionError("expected a stored value, but got " + conflict);
    };
  }

  /** What is stored instead, or a failure of the test. */
  default <T> Optional<Versioned<T>> conflict(WriteResult<T> result) {
    return switch (result) {
      case WriteResult.Conflict<T>(var current) -> current;
      case WriteResult.Stored<T> stored ->
          throw new AssertionError("expected a conflict, but got " + stored);
    };
  }

  /** Authorizations that count now. */
  default Map<AuthorizationKey, Authorization> active() {
    var found = new TreeMap<AuthorizationKey, Authorization>();
    for (var authorization : store().snapshot(soon()).authorizations()) {
      if (authorization.isActiveAt(now())) {
        found.put(authorization.key(), authorization);
      }
    }
    return found;
  }

  /** Sweeps until nothing is left to sweep. */
  default void sweepAll() {
    while (store().sweep(10_000, soon()) > 0) {
      // once more
    }
  }

  /** That the store holds exactly what it held in a snapshot. */
  default void assertSame(StoreSnapshot expected) {
    var actual = store().snapshot(soon());
    Assertions.assertThat(actual.clients()).containsExactlyInAnyOrderElementsOf(expected.clients());
    Assertions.assertThat(actual.resources())
        .containsExactlyInAnyOrderElementsOf(expected.resources());
    Assertions.assertThat(
            new TreeSet<>(actual.authorizations().stream().map(Authorization::key).toList()))
        .isEqualTo(
            new TreeSet<>(expected.authorizations().stream().map(Authorization::key).toList()));
    Assertions.assertThat(actual.authorizations())
        .containsExactlyInAnyOrderElementsOf(expected.authorizations());
  }
}
