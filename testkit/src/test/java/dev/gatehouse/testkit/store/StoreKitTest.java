package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Reconciliation;
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
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The kit is worth something only if it catches stores that are wrong. */
class StoreKitTest {

  /** The kit on one store object, which survives being opened again. */
  private static final class Kit extends AuthorizationStoreContract {
    private final Function<PluginContext, FaithfulStore> maker;
    private @Nullable FaithfulStore made;

    Kit(Function<PluginContext, FaithfulStore> maker) {
      this.maker = maker;
    }

    @Override
    protected AuthorizationStore create(PluginContext context) {
      var store = made;
      if (store == null) {
        store = maker.apply(context);
        made = store;
      }
      return store;
    }

    @Override
    public int modelSteps() {
      return 3000;
    }

    @Override
    public int manyRecords() {
      return 200;
    }
  }

  private static void assertCaught(int rule, Function<PluginContext, FaithfulStore> wrong)
      throws Exception {
    assertThat(KitRun.failures(() -> new Kit(wrong), rule)).containsOnlyKeys(rule);
  }

  @Test
  void everyRuleHasItsNumber() {
    assertThat(KitRun.rules())
        .extracting(KitRun::numberOf)
        .isEqualTo(IntStream.rangeClosed(1, 39).boxed().toList());
  }

  @Test
  void aFaithfulStorePasses() throws Exception {
    assertThat(KitRun.failures(() -> new Kit(FaithfulStore::new))).isEmpty();
  }

  @Test
  void aStoreThatForgetsIsCaught() throws Exception {
    final class Forgetful extends FaithfulStore {
      private boolean opened;

      Forgetful(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized void start() {
        super.start();
        if (opened) {
          authorizations(Optional.empty(), 1, soon())
              .items()
              .forEach(held -> end(held.value().key(), EndReason.REVOKED));
        }
        opened = true;
      }
    }
    assertCaught(2, Forgetful::new);
    assertCaught(38, Forgetful::new);
  }

  @Test
  void aStoreThatResurrectsWhatWasRevokedIsCaught() throws Exception {
    final class Resurrecting extends FaithfulStore {
      private final List<Authorization> seen = new ArrayList<>();

      Resurrecting(PluginContext context) {
        super(context);
      }

      @Override
      protected void record(StoreChange change) {
        super.record(change);
        if (change instanceof StoreChange.AuthorizationPut put) {
          seen.add(put.authorization());
        }
      }

      @Override
      public synchronized void start() {
        super.start();
        for (var authorization : List.copyOf(seen)) {
          if (client(authorization.key().client(), soon()).isPresent()) {
            grant(authorization, soon());
          }
        }
      }
    }
    assertCaught(2, Resurrecting::new);
    assertCaught(15, Resurrecting::new);
    assertCaught(38, Resurrecting::new);
  }

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
  void aStoreThatAcceptsAKeyTwiceIsCaught() throws Exception {
    final class Careless extends FaithfulStore {
      Careless(PluginContext context) {
        super(context);
      }

      @Override
      protected boolean shares(Client one, Client other) {
        return false;
      }
    }
    assertCaught(6, Careless::new);
    assertCaught(37, Careless::new);
  }

  @Test
  void aStoreWhoseVersionsStandStillIsCaught() throws Exception {
    final class Standing extends FaithfulStore {
      private int calls;

      Standing(PluginContext context) {
        super(context);
      }

      @Override
      protected long nextVersion() {
        calls++;
        return calls % 5 == 0 ? version(soon()) : super.nextVersion();
      }
    }
    assertCaught(4, Standing::new);
  }

  @Test
  void aStoreWithAClockOfItsOwnIsCaught() throws Exception {
    final class Late extends FaithfulStore {
      Late(PluginContext context) {
        super(context);
      }

      @Override
      protected Instant now() {
        return super.now().minusSeconds(1);
      }
    }
    assertCaught(12, Late::new);
    assertCaught(37, Late::new);
  }

  @Test
  void aStoreThatNeverEndsAnythingByItselfIsCaught() throws Exception {
    final class Lazy extends FaithfulStore {
      Lazy(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized int sweep(int limit, Deadline deadline) {
        super.version(deadline);
        return 0;
      }
    }
    assertCaught(13, Lazy::new);
    assertCaught(14, Lazy::new);
    assertCaught(15, Lazy::new);
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
  void aStoreThatLooksBeforeItLocksIsCaught() throws Exception {
    final class Racing extends FaithfulStore {
      Racing(PluginContext context) {
        super(context);
      }

      @Override
      @SuppressWarnings("UnsynchronizedOverridesSynchronized") // that is what is wrong with it
      public boolean revoke(AuthorizationKey key, Deadline deadline) {
        boolean held = authorization(key, deadline).isPresent();
        LockSupport.parkNanos(3_000_000);
        super.revoke(key, deadline);
        return held;
      }
    }
    assertCaught(3, Racing::new);
  }

  @Test
  void aStoreThatReplacesActiveGrantsIsCaught() throws Exception {
    final class Replacing extends FaithfulStore {
      Replacing(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized WriteResult<Authorization> grant(
          Authorization authorization, Deadline deadline) {
        revoke(authorization.key(), deadline);
        return super.grant(authorization, deadline);
      }
    }
    assertCaught(5, Replacing::new);
    assertCaught(9, Replacing::new);
  }

  @Test
  void aListThatCreatesIsCaught() throws Exception {
    final class Creating extends FaithfulStore {
      Creating(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Reconciliation.Report reconcile(
          Reconciliation.AuthoritativeList list, Deadline deadline) {
        var report = super.reconcile(list, deadline);
        list.listed()
            .forEach((key, expiry) -> {
              if (client(key.client(), deadline).isPresent()) {
                grant(new Authorization(key, now(), expiry, "list"), deadline);
              }
            });
        return report;
      }
    }
    assertCaught(18, Creating::new);
    assertCaught(37, Creating::new);
  }

  @Test
  void aListThatReachesTooFarIsCaught() throws Exception {
    final class Overreaching extends FaithfulStore {
      Overreaching(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Reconciliation.Report reconcile(
          Reconciliation.AuthoritativeList list, Deadline deadline) {
        super.reconcile(list, deadline);
        return super.reconcile(
            new Reconciliation.AuthoritativeList(Optional.empty(), list.listed()), deadline);
      }
    }
    assertCaught(19, Overreaching::new);
  }

  @Test
  void aListThatIsTooTimidIsCaught() throws Exception {
    final class Timid extends FaithfulStore {
      Timid(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized Reconciliation.Report reconcile(
          Reconciliation.AuthoritativeList list, Deadline deadline) {
        return list.listed().isEmpty()
            ? new Reconciliation.Report(0, 0, version(deadline))
            : super.reconcile(list, deadline);
      }
    }
    assertCaught(20, Timid::new);
  }

  @Test
  void aRevocationThatMissesOneIsCaught() throws Exception {
    final class Missing extends FaithfulStore {
      Missing(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized int revokeClient(ClientId client, Deadline deadline) {
        var held =
            authorizations(Optional.empty(), 10_000, deadline).items().stream()
                .map(Versioned::value)
                .filter(authorization -> authorization.key().client().equals(client))
                .toList();
        int revoked = super.revokeClient(client, deadline);
        if (held.size() > 1) {
          grant(held.getFirst(), deadline);
        }
        return revoked;
      }
    }
    assertCaught(11, Missing::new);
  }

  @Test
  void aRemovalThatLeavesGrantsBehindIsCaught() throws Exception {
    final class Leaving extends FaithfulStore {
      Leaving(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized boolean removeClient(ClientId client, Deadline deadline) {
        boolean removed = super.removeClient(client, deadline);
        if (removed) {
          var number = Integer.parseInt(client.value().substring("client-".length()));
          super.createClient(Samples.client(number, 90, 90), deadline);
          grant(new Authorization(Samples.key(number, 1), now(), Optional.empty(), "x"), deadline);
        }
        return removed;
      }
    }
    assertCaught(10, Leaving::new);
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
  void aStoreThatIgnoresExpectedVersionsIsCaught() throws Exception {
    final class Blind extends FaithfulStore {
      Blind(PluginContext context) {
        super(context);
      }

      @Override
      public synchronized WriteResult<Client> updateClient(
          Client client, long expectedVersion, Deadline deadline) {
        return super.updateClient(
            client,
            super.client(client.id(), deadline).map(Versioned::version).orElse(0L),
            deadline);
      }
    }
    assertCaught(7, Blind::new);
  }
}
