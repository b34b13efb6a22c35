package dev.gatehouse.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A SQLite store in a directory, with what tests need around it. */
final class Fixture implements AutoCloseable {

  private final TestContext context;
  private AuthorizationStore store;

  /** Opens the store in a directory. */
  Fixture(Path directory) throws InterruptedException {
    this(directory, SqliteStoreConfig.defaults());
  }

  /** Opens the store in a directory. */
  Fixture(Path directory, SqliteStoreConfig config) throws InterruptedException {
    context = new TestContext("sqlite", directory);
    store = new SqliteStoreProvider().create(config, context);
    start();
  }

  private void start() throws InterruptedException {
    try {
      store.start();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The store. */
  AuthorizationStore store() {
    return store;
  }

  /** The context. */
  TestContext context() {
    return context;
  }

  /** A deadline far enough away. */
  Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1), context.time());
  }

  /** Clients and resources with the numbers 0 to count-1. */
  void createBasics(int count) {
    for (int i = 0; i < count; i++) {
      store.createClient(Samples.client(i), soon());
      store.createResource(Samples.resource(i), soon());
    }
  }

  /** Grants, and expects that it works. */
  Versioned<Authorization> grant(int client, int resource, Optional<Instant> expiresAt) {
    var authorization = Samples.authorization(client, resource, context.time().now(), expiresAt);
    return switch (store.grant(authorization, soon())) {
      case WriteResult.Stored<Authorization>(var stored) -> stored;
      case WriteResult.Conflict<Authorization> conflict -> throw new AssertionError(conflict);
    };
  }

  /** All authorizations. */
  Map<AuthorizationKey, Authorization> authorizations() {
    var all = new TreeMap<AuthorizationKey, Authorization>();
    store.snapshot(soon()).authorizations().forEach(a -> all.put(a.key(), a));
    return all;
  }

  /** Closes the store and opens it again. */
  void reopen() throws InterruptedException {
    store.stop();
    store.close();
    store = new SqliteStoreProvider().create(SqliteStoreConfig.defaults(), context);
    start();
  }

  @Override
  public void close() {
    store.close();
    context.close();
  }
}
