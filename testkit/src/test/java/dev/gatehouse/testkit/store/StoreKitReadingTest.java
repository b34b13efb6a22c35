package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The kit catches stores that answer, tell or listen wrongly. */
class StoreKitReadingTest extends KitOnLiars {

  @Test
  void aStoreThatTellsTheStoryInAnotherOrderIsCaught() throws Exception {
    final class Reordering extends FaithfulStore {
      Reordering(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized List<StoreChange> changes(long after, int limit, Deadline deadline) {
        var changes = new ArrayList<>(super.changes(after, limit, deadline));
        Collections.reverse(changes);
        return changes;
      }
    }
    assertCaught(26, Reordering::new);
  }

  @Test
  void aWatchThatReordersIsCaught() throws Exception {
    final class Reordering extends FaithfulStore {
      private @Nullable StoreChange kept;

      Reordering(PluginContext context) {
        super(context);
      }

      @Override
      protected void deliver(Consumer<? super StoreChange> consumer, StoreChange change) {
        var before = kept;
        if (before == null && change instanceof StoreChange.AuthorizationPut) {
          kept = change;
          return;
        }
        super.deliver(consumer, change);
        if (before != null) {
          super.deliver(consumer, before);
          kept = null;
        }
      }
    }
    assertCaught(28, Reordering::new);
  }

  @Test
  void aStoreThatAnswersAbsentWhenItCannotKnowIsCaught() throws Exception {
    final class Guessing extends FaithfulStore {
      Guessing(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Optional<Versioned<Authorization>> authorization(
          AuthorizationKey key, Deadline deadline) {
        try {
          return super.authorization(key, deadline);
        } catch (RuntimeException e) {
          return Optional.empty();
        }
      }
    }
    assertCaught(33, Guessing::new);
    assertCaught(34, Guessing::new);
  }

  @Test
  void aStoreThatEndsGrantsOnDisconnectIsCaught() throws Exception {
    final class Listening extends FaithfulStore {
      Listening(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized void start() {
        super.start();
        var unused =
            context()
                .events()
                .subscribe(
                    GatewayEvent.PeerDisconnected.class,
                    event -> revokeClient(event.client(), soon()));
        assertThat(unused).isNotNull();
      }
    }
    assertCaught(35, Listening::new);
    assertCaught(36, Listening::new);
  }

  @Test
  void aStoreThatListensOnTheBusIsCaught() throws Exception {
    final class Listening extends FaithfulStore {
      Listening(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized void start() {
        super.start();
        var unused =
            context()
                .vertx()
                .eventBus()
                .localConsumer("gatehouse.events.PeerDisconnected", message -> {});
        assertThat(unused).isNotNull();
      }
    }
    assertCaught(35, Listening::new);
  }

  @Test
  void aPageThatSkipsIsCaught() throws Exception {
    final class Skipping extends FaithfulStore {
      Skipping(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Page<Versioned<Authorization>> authorizations(
          Optional<String> cursor, int limit, Deadline deadline) {
        var page = super.authorizations(cursor, limit, deadline);
        return cursor.isPresent() && page.items().size() > 1
            ? new Page<>(page.items().subList(1, page.items().size()), page.next())
            : page;
      }
    }
    assertCaught(21, Skipping::new);
  }

  @Test
  void aStoreThatRoundsTimesIsCaught() throws Exception {
    final class Rounding extends FaithfulStore {
      Rounding(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized WriteResult<Authorization> grant(
          Authorization authorization, Deadline deadline) {
        var rounded =
            new Authorization(
                authorization.key(),
                Instant.ofEpochSecond(authorization.grantedAt().getEpochSecond()),
                authorization.expiresAt(),
                authorization.origin());
        return super.grant(rounded, deadline);
      }
    }
    assertCaught(22, Rounding::new);
  }

  @Test
  void aSnapshotOfSeveralMomentsIsCaught() throws Exception {
    final class Torn extends FaithfulStore {
      Torn(PluginContext context) {
        super(context);
      }

      @Override
      @SuppressWarnings("UnsynchronizedOverridesSynchronized") // that is what is wrong with it
      public StoreSnapshot snapshot(Deadline deadline) {
        var first = super.snapshot(deadline);
        LockSupport.parkNanos(3_000_000);
        Map<AuthorizationKey, Authorization> both = new TreeMap<>();
        first.authorizations().forEach(a -> both.put(a.key(), a));
        super.snapshot(deadline).authorizations().forEach(a -> both.put(a.key(), a));
        return new StoreSnapshot(
            first.version(),
            first.clients(),
            first.resources(),
            List.copyOf(new HashMap<>(both).values()));
      }
    }
    assertCaught(23, Torn::new);
  }

  @Test
  void aStoreThatHidesAGapIsCaught() throws Exception {
    final class Hiding extends FaithfulStore {
      Hiding(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized List<StoreChange> changes(long after, int limit, Deadline deadline) {
        var changes = super.changes(after, limit, deadline);
        return changes.stream().noneMatch(StoreChange.Gap.class::isInstance) ? changes : List.of();
      }
    }
    assertCaught(27, Hiding::new);
  }

  @Test
  void aWatchThatGoesOnAfterCloseIsCaught() throws Exception {
    final class Deaf extends FaithfulStore {
      Deaf(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Watch watch(long after, Consumer<? super StoreChange> consumer) {
        super.watch(after, consumer);
        return () -> {};
      }
    }
    assertCaught(29, Deaf::new);
  }

  @Test
  void aWatchThatEndsWithAFailingWatcherIsCaught() throws Exception {
    final class Fragile extends FaithfulStore {
      Fragile(PluginContext context) {
        super(context);
      }

      @Override
      protected void deliver(Consumer<? super StoreChange> consumer, StoreChange change) {
        try {
          consumer.accept(change);
        } catch (RuntimeException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
    assertCaught(30, Fragile::new);
  }

  @Test
  void aSilentStoreIsCaught() throws Exception {
    final class Silent extends FaithfulStore {
      Silent(PluginContext context) {
        super(context);
      }

      @Override
      protected void tell(GatewayEvent event) {}
    }
    assertCaught(31, Silent::new);
  }

  @Test
  void aStoreThatSharesItsSecretsIsCaught() throws Exception {
    final class Sharing extends FaithfulStore {
      private final Map<ClientId, Versioned<Client>> given = new HashMap<>();

      Sharing(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
        return super.client(client, deadline)
            .map(held -> given.computeIfAbsent(client, id -> held));
      }
    }
    assertCaught(32, Sharing::new);
  }

  @Test
  void aBackupThatOverwritesIsCaught() throws Exception {
    final class Overwriting extends FaithfulStore {
      Overwriting(PluginContext context) {
        super(context);
      }

      @Override
      public void backup(Path file, Deadline deadline) {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        super.backup(file, deadline);
      }
    }
    assertCaught(24, Overwriting::new);
  }

  @Test
  void aStoreThatKeepsTheCallersSecretIsCaught() throws Exception {
    final class Keeping extends FaithfulStore {
      private final Map<ClientId, Client> passed = new HashMap<>();

      Keeping(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized WriteResult<Client> createClient(Client client, Deadline deadline) {
        passed.put(client.id(), client);
        return super.createClient(client, deadline);
      }

      @Override
      public synchronized Optional<Versioned<Client>> client(ClientId client, Deadline deadline) {
        return super.client(client, deadline)
            .map(
                held -> new Versioned<>(passed.getOrDefault(client, held.value()), held.version()));
      }
    }
    assertCaught(32, Keeping::new);
  }
}
