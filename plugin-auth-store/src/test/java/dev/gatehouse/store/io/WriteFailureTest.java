package dev.gatehouse.store.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While nothing can be written: what ends, ends; what would begin does not. */
class WriteFailureTest {

  @TempDir private Path directory;

  private TestContext context;
  private SqliteJournal sqlite;
  private FlakyJournal journal;
  private AuthorizationStore store;

  @BeforeEach
  void open() throws InterruptedException {
    context = new TestContext("sqlite", directory);
    openStore();
    for (int i = 0; i < 4; i++) {
      store.createClient(Samples.client(i), soon());
      store.createResource(Samples.resource(i), soon());
      store.grant(
          Samples.authorization(
              i, i, context.time().now(), Optional.of(context.time().now().plusSeconds(3600))),
          soon());
    }
  }

  private void openStore() throws InterruptedException {
    sqlite = new SqliteJournal(directory.resolve("a.db"), directory, 1000);
    journal = new FlakyJournal(sqlite);
    store = new EngineStore(context, journal, Duration.ZERO);
    store.start();
  }

  private void reopen() throws InterruptedException {
    store.close();
    openStore();
  }

  @AfterEach
  void close() {
    store.close();
    context.close();
  }

  private Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1), context.time());
  }

  private Set<AuthorizationKey> held() {
    return store.snapshot(soon()).authorizations().stream()
        .map(authorization -> authorization.key())
        .collect(Collectors.toSet());
  }

  private static void assertUnavailable(ThrowingCallable call, String part) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> assertThat(e.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE))
        .hasMessageContaining("The disk is full.")
        .hasMessageContaining(part);
  }

  @Test
  void aGrantThatCannotBeWrittenIsNotInForce() throws Exception {
    journal.refuse(true);
    var before = held();
    var grant = Samples.authorization(0, 1, context.time().now(), Optional.empty());
    assertUnavailable(() -> store.grant(grant, soon()), "Nothing was changed.");
    assertUnavailable(() -> store.createClient(Samples.client(9), soon()), "Nothing was changed.");
    assertThat(held()).isEqualTo(before);
    journal.refuse(false);
    Await.until("recovery", Duration.ofSeconds(60), () -> store.health().isOk());
    assertThat(held()).isEqualTo(before);
    reopen();
    assertThat(held()).isEqualTo(before);
  }

  @Test
  void aRevocationThatCannotBeWrittenIsInForceAtOnceAndWrittenLater() throws Exception {
    journal.refuse(true);
    assertUnavailable(
        () -> store.revoke(Samples.key(0, 0), soon()), "What was to end has ended for now");
    assertThat(held()).doesNotContain(Samples.key(0, 0)).hasSize(3);
    assertThat(store.health().problem())
        .hasValueSatisfying(problem ->
            assertThat(problem).contains("The disk is full.").contains("not durable: 1."));
    assertThat(store.status()).containsEntry("unwritten", 1);
    assertThat(context.events().published(GatewayEvent.AuthorizationRevoked.class))
        .extracting(GatewayEvent.AuthorizationRevoked::key)
        .containsExactly(Samples.key(0, 0));
    assertThat(store.changes(0, 1000, soon()))
        .last()
        .isInstanceOf(StoreChange.AuthorizationRemoved.class);
    assertUnavailable(() -> store.revoke(Samples.key(0, 0), soon()), "ended for now");
    journal.refuse(false);
    Await.until("recovery", Duration.ofSeconds(60), () -> store.health().isOk());
    assertThat(store.status()).containsEntry("unwritten", 0);
    assertThat(store.verify(soon())).isEmpty();
    reopen();
    assertThat(held()).doesNotContain(Samples.key(0, 0)).hasSize(3);
  }

  @Test
  void aGrantAfterAnUnwrittenRevocationIsWrittenAfterIt() throws Exception {
    journal.refuse(true);
    assertUnavailable(() -> store.revokeClient(Samples.clientId(1), soon()), "ended for now");
    journal.refuse(false);
    store.grant(Samples.authorization(1, 1, context.time().now(), Optional.empty()), soon());
    assertThat(held()).contains(Samples.key(1, 1)).hasSize(4);
    reopen();
    assertThat(held()).contains(Samples.key(1, 1)).hasSize(4);
  }

  @Test
  void expiryNeedsNoDisk() {
    journal.refuse(true);
    context.time().advance(Duration.ofHours(1));
    Await.until("expiry", Duration.ofSeconds(60), () -> held().isEmpty());
    assertThat(context.events().published(GatewayEvent.AuthorizationExpired.class)).hasSize(4);
  }

  @Test
  void ofAListOnlyWhatTakesAwayTakesEffect() throws Exception {
    journal.refuse(true);
    var later = Optional.of(context.time().now().plusSeconds(9999));
    var sooner = Optional.of(context.time().now().plusSeconds(60));
    var list =
        new Reconciliation.AuthoritativeList(
            Optional.empty(), Map.of(Samples.key(0, 0), later, Samples.key(1, 1), sooner));
    assertUnavailable(() -> store.reconcile(list, soon()), "ended for now");
    assertThat(held()).containsExactlyInAnyOrder(Samples.key(0, 0), Samples.key(1, 1));
    context.time().advance(Duration.ofMinutes(1));
    Await.until("the sooner expiry", Duration.ofSeconds(60), () -> held().size() == 1);
    context.time().advance(Duration.ofMinutes(59));
    Await.until("the unchanged expiry", Duration.ofSeconds(60), () -> held().isEmpty());
  }

  @Test
  void afterAStopThatWasNotInOrderNoVersionIsUsedTwice() throws Exception {
    journal.refuse(true);
    assertUnavailable(() -> store.revoke(Samples.key(0, 0), soon()), "ended for now");
    long used = store.version(soon());
    reopen();
    // The revocation never reached the disk, so it is not in force; but its version is taken.
    assertThat(held()).hasSize(4);
    store.revoke(Samples.key(0, 0), soon());
    assertThat(store.version(soon())).isGreaterThan(used);
  }

  @Test
  void whatWasRefusedButReachedTheDiskIsTakenBack() throws Exception {
    var before = store.snapshot(soon());
    journal.refuse(true);
    var grant = Samples.authorization(0, 1, context.time().now(), Optional.empty());
    assertUnavailable(() -> store.grant(grant, soon()), "Nothing was changed.");
    // The transaction is in the file all the same, as after a failed fsync.
    sqlite.giveUp(new SQLException("disk I/O error", "", 10));
    try (var database = SqliteDatabase.open(directory.resolve("a.db"))) {
      var state = database.state().orElseThrow();
      database.begin();
      long version = state.version() + 1;
      long delta =
          database.write(new Edit(new StoreChange.AuthorizationPut(grant, version), Duration.ZERO));
      database.writeState(
          new SqliteDatabase.State(
              version, state.floor(), state.rowsSeal() + delta, state.timeline()));
      database.commit();
    }
    journal.refuse(false);
    store.revoke(Samples.key(3, 3), soon());
    assertThat(store.verify(soon())).isEmpty();
    reopen();
    assertThat(held()).hasSize(3).doesNotContain(grant.key(), Samples.key(3, 3));
    assertThat(store.version(soon())).isGreaterThan(before.version());
    assertThat(store.verify(soon())).isEmpty();
  }
}
