package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.testkit.RecordingEvents;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A gateway's store, by the machine's own clocks, that is followed from its start. */
final class Node implements AutoCloseable {

  private final TestContext context = new TestContext("postgres", Path.of("."));
  private final PostgresStore store;
  private final List<StoreChange> seen = new ArrayList<>();
  private AuthorizationStore.Watch watch = () -> {};

  Node(PostgresStoreConfig config) {
    store = new PostgresStore(config, live());
    try {
      store.start();
      watch = store.watch(store.version(in(Duration.ofSeconds(30))), this::see);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @SuppressWarnings("NullAway") // proxies take and give null as the method they stand for does
  private PluginContext live() {
    return (PluginContext)
        Proxy.newProxyInstance(
            Node.class.getClassLoader(),
            new Class<?>[] {PluginContext.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("time")) {
                return TimeSource.system();
              }
              try {
                return method.invoke(context, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void see(StoreChange change) {
    synchronized (seen) {
      seen.add(change);
    }
  }

  /** What the watch has delivered since the start. */
  List<StoreChange> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** Waits until the watch has delivered a version; returns how long it took. */
  Duration awaitVersion(long version, Duration atMost) {
    return Await.until(
        "version " + version,
        atMost,
        () -> {
          synchronized (seen) {
            return !seen.isEmpty() && seen.getLast().version() >= version;
          }
        });
  }

  PostgresStore store() {
    return store;
  }

  RecordingEvents events() {
    return context.events();
  }

  static Deadline in(Duration duration) {
    return Deadline.after(duration, TimeSource.system());
  }

  static Deadline soon() {
    return in(Duration.ofSeconds(20));
  }

  void createBasics(int count) {
    for (int i = 0; i < count; i++) {
      store.createClient(Samples.client(i), soon());
      store.createResource(Samples.resource(i), soon());
    }
  }

  static Authorization lasting(int client, int resource) {
    return Samples.authorization(
        client, resource, Instant.now(), Optional.of(Instant.now().plusSeconds(3600)));
  }

  /** Grants for an hour, and expects that it works. */
  Versioned<Authorization> grant(int client, int resource) {
    return switch (store.grant(lasting(client, resource), soon())) {
      case WriteResult.Stored<Authorization>(var stored) -> stored;
      case WriteResult.Conflict<Authorization> conflict -> throw new AssertionError(conflict);
    };
  }

  void awaitHealthy() {
    Await.until(
        "the store to be healthy",
        Duration.ofSeconds(60),
        () -> store.health().isOk(),
        () -> store.health().toString());
  }

  void awaitFailing() {
    Await.until(
        "the store to say that it fails", Duration.ofSeconds(60), () -> !store.health().isOk());
  }

  @Override
  public void close() {
    watch.close();
    store.close();
    context.close();
  }
}
