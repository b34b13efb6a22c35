package dev.gatehouse.launcher.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Plan.SelectedPlugin;
import dev.gatehouse.launcher.runtime.PluginFactory;
import dev.gatehouse.launcher.runtime.StateDirectory;
import dev.gatehouse.launcher.runtime.VertxSetup;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores that are opened without a gateway. Their state directories are locked, so no gateway runs
 * on them meanwhile. One thread; closing closes everything, newest first.
 */
final class Workplace implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Workplace.class);
  private static final Duration LONGEST = Duration.ofHours(1);

  private final TimeSource time;
  private final Map<Path, StateDirectory> locked = new HashMap<>();
  private final Deque<AuthorizationStore> open = new ArrayDeque<>();
  private @Nullable Vertx vertx;

  Workplace(TimeSource time) {
    this.time = time;
  }

  TimeSource time() {
    return time;
  }

  /** As long as anything may take. */
  Deadline deadline() {
    return Deadline.after(LONGEST, time);
  }

  /** The store of a plan. */
  static SelectedPlugin selected(Plan plan) {
    plan.failure()
        .ifPresent(failure -> {
          throw failure;
        });
    return plan.selected().getFirst();
  }

  /**
   * Opens a plan's store.
   *
   * @throws GatehouseException if that is not possible, for instance because a gateway runs on it
   */
  AuthorizationStore open(Plan plan) {
    var selected = selected(plan);
    return started((AuthorizationStore) PluginFactory.create(selected, context(plan)), selected);
  }

  /** Closes a store. */
  void close(AuthorizationStore store) {
    if (open.remove(store)) {
      try {
        store.stop();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      store.close();
    }
  }

  /** Puts the data of a plan's store aside; empty if its plugin cannot do that. */
  Optional<String> putAway(Plan plan) {
    var selected = selected(plan);
    return selected.plugin().provider().orElseThrow() instanceof AuthorizationStoreProvider<?> own
        ? putAway(own, selected.config(), context(plan))
        : Optional.empty();
  }

  @SuppressWarnings("unchecked") // the provider made this configuration
  private static <C extends Record> Optional<String> putAway(
      AuthorizationStoreProvider<C> provider, Record config, LoneContext context) {
    return provider.putAway((C) config, context);
  }

  /**
   * What a backup holds, whichever installed plugin wrote it.
   *
   * @param plan whose plugins to ask
   * @throws GatehouseException if none of them did
   */
  StoreSnapshot readBackup(Plan plan, Path backup) {
    for (var plugin : plan.catalogue().plugins()) {
      if (plugin.provider().orElse(null) instanceof AuthorizationStoreProvider<?> provider) {
        var found = readBackup(provider, backup);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "The file " + backup + " is neither an export nor a backup of an installed store plugin.",
        "Name a file that 'gatehouse store backup' or 'export' wrote. Nothing was changed.");
  }

  private Optional<StoreSnapshot> readBackup(AuthorizationStoreProvider<?> provider, Path backup) {
    try {
      var scratch = Files.createTempDirectory("gatehouse-backup");
      try {
        return provider
            .openBackup(backup, new LoneContext(provider.id(), time, scratch, this::vertx))
            .map(store -> {
              started(store, provider.id().value(), provider.getClass().getClassLoader());
              var contents = store.snapshot(deadline());
              close(store);
              return contents;
            });
      } finally {
        remove(scratch);
      }
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "There is no place for a copy of the backup (" + e.getMessage() + ").",
          "Free some space in the directory for temporary files.",
          e);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private LoneContext context(Plan plan) {
    var directory = plan.core().stateDirectory().toAbsolutePath().normalize();
    var lock = locked.computeIfAbsent(directory, StateDirectory::open);
    return new LoneContext(selected(plan).id(), time, lock.path(), this::vertx);
  }

  private AuthorizationStore started(AuthorizationStore store, SelectedPlugin selected) {
    return started(store, selected.id().value(), store.getClass().getClassLoader());
  }

  private AuthorizationStore started(
      AuthorizationStore store, String name, @Nullable ClassLoader loader) {
    var thread = Thread.currentThread();
    var before = thread.getContextClassLoader();
    try {
      thread.setContextClassLoader(loader);
      store.start();
      open.push(store);
      return store;
    } catch (InterruptedException e) {
      thread.interrupt();
      store.close();
      throw new GatehouseException(
          StandardErrorCode.PLUGIN_TIMEOUT,
          "Opening the store '" + name + "' was interrupted.",
          "Try again.",
          e);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private Vertx vertx() {
    var current = vertx;
    if (current == null) {
      current = VertxSetup.open(1);
      vertx = current;
    }
    return current;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      close(open.peek());
    }
    if (vertx != null) {
      try {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.atDebug().setCause(e).log("Vert.x could not be closed");
      }
    }
    locked.values().forEach(StateDirectory::close);
  }
}
