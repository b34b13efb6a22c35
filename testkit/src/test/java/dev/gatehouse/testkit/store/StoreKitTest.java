package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The kit is worth something only if it catches stores that write wrongly. */
class StoreKitTest extends KitOnLiars {

  @Test
  void everyRuleHasItsNumber() {
    assertThat(KitRun.rules())
        .extracting(KitRun::numberOf)
        .isEqualTo(IntStream.rangeClosed(1, 39).boxed().toList());
  }

  @Test
  void aFaithfulStorePasses() throws Exception {
    assertThat(KitRun.failures(() -> new Kit(FaithfulStore::new, Duration.ofMinutes(1)))).isEmpty();
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
