package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What a store says and does while its database cannot be reached, and afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class OutageTest {

  private PostgresServer server;
  private TcpProxy proxy;
  private Node near;
  private Node far;
  private int schemas;

  @BeforeAll
  void startServer() {
    server = PostgresServer.start();
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void openTwoStores() {
    var schema = "outage_" + ++schemas;
    proxy = new TcpProxy(server.port());
    near = new Node(server.config(schema));
    far = new Node(server.config(schema, proxy.port()));
    near.createBasics(4);
    far.awaitVersion(8, Duration.ofSeconds(60));
  }

  @AfterEach
  void closeEverything() {
    proxy.refuse(true);
    near.close();
    far.close();
    proxy.close();
  }

  private static GatehouseException failure(ThrowingCallable call) {
    return catchThrowableOfType(GatehouseException.class, call);
  }

  /** Nothing may look like an answer. */
  private static void assertUnknown(Node node) {
    var key = Samples.key(0, 0);
    var calls =
        List.<ThrowingCallable>of(
            () -> node.store().authorization(key, Node.in(Duration.ofMillis(400))),
            () -> node.store().version(Node.in(Duration.ofMillis(400))),
            () -> node.store().snapshot(Node.in(Duration.ofMillis(400))),
            () -> node.store().changes(0, 10, Node.in(Duration.ofMillis(400))),
            () -> node.store().client(Samples.clientId(9), Node.in(Duration.ofMillis(400))),
            () -> node.store().grant(Node.lasting(3, 3), Node.in(Duration.ofMillis(400))));
    for (var call : calls) {
      // The quickest of a few counts, because the machine has other things to do as well.
      var enough = Duration.ofMillis(1500);
      var quickest = Duration.ofDays(1);
      for (int attempt = 0; attempt < 5 && quickest.compareTo(enough) >= 0; attempt++) {
        long started = System.nanoTime();
        var failure = failure(call);
        var took = Duration.ofNanos(System.nanoTime() - started);
        quickest = took.compareTo(quickest) < 0 ? took : quickest;
        assertThat(failure).isNotNull();
        assertThat(failure.code())
            .isIn(StandardErrorCode.STORE_UNAVAILABLE, StandardErrorCode.STORE_DEADLINE);
      }
      assertThat(quickest).as("the deadline of 400 ms").isLessThan(enough);
    }
  }

  private static void assertNoHole(Node node) {
    var seen = node.seen();
    long last = seen.getLast().version();
    assertThat(seen)
        .extracting(StoreChange::version)
        .isEqualTo(LongStream.rangeClosed(seen.getFirst().version(), last).boxed().toList());
  }

  @Test
  void aServerThatWasKilledIsUnknownUntilItIsBackAndNothingIsLost() {
    near.grant(0, 0);
    near.grant(1, 1);
    assertThat(near.store().revoke(Samples.key(1, 1), Node.soon())).isTrue();
    server.kill();
    near.awaitFailing();
    assertUnknown(near);
    assertThat(near.store().status()).containsEntry("reachable", false).containsKey("problem");
    server.startAgain();
    near.awaitHealthy();
    assertThat(near.store().authorization(Samples.key(0, 0), Node.soon())).isPresent();
    assertThat(near.store().authorization(Samples.key(1, 1), Node.soon())).isEmpty();
    assertThat(near.store().authorization(Samples.key(3, 3), Node.soon())).isEmpty();
    near.grant(2, 2);
    far.awaitHealthy();
    long version = near.store().version(Node.soon());
    near.awaitVersion(version, Duration.ofSeconds(60));
    far.awaitVersion(version, Duration.ofSeconds(60));
    assertNoHole(near);
    assertNoHole(far);
  }

  @Test
  void aServerThatIsFrozenKeepsNobodyBeyondTheDeadline() {
    near.grant(0, 0);
    server.freeze();
    try {
      assertUnknown(near);
      near.awaitFailing();
      assertUnknown(near);
    } finally {
      server.thaw();
    }
    near.awaitHealthy();
    assertThat(near.store().authorization(Samples.key(0, 0), Node.soon())).isPresent();
    // The grants that were not answered may have happened; after reading, the truth is known.
    near.store().revoke(Samples.key(3, 3), Node.soon());
    near.grant(3, 3);
    near.awaitVersion(near.store().version(Node.soon()), Duration.ofSeconds(60));
    assertNoHole(near);
  }

  @Test
  void whatIsRevokedWhileAGatewayIsCutOffReachesItOnReconnect() {
    far.grant(0, 0);
    proxy.blackhole(true);
    assertUnknown(far);
    assertThat(near.store().revoke(Samples.key(0, 0), Node.soon())).isTrue();
    near.grant(1, 1);
    long version = near.store().version(Node.soon());
    far.awaitFailing();
    assertThat(far.store().health().problem()).hasValueSatisfying(p -> assertThat(p).endsWith("."));
    assertUnknown(far);
    proxy.blackhole(false);
    far.awaitVersion(version, Duration.ofSeconds(60));
    far.awaitHealthy();
    assertNoHole(far);
    assertThat(far.seen())
        .anySatisfy(change ->
            assertThat(change)
                .isInstanceOfSatisfying(
                    StoreChange.AuthorizationRemoved.class,
                    removed -> assertThat(removed.key()).isEqualTo(Samples.key(0, 0))));
    assertThat(far.store().authorization(Samples.key(3, 3), Node.soon())).isEmpty();
  }

  @Test
  void whatWasToEndDuringTheOutageEndsFirstThingAfterwards() {
    near.grant(0, 0);
    near.grant(1, 0);
    near.grant(2, 0);
    proxy.refuse(true);
    far.awaitFailing();
    var refused = failure(() -> far.store().revoke(Samples.key(0, 0), Node.soon()));
    assertThat(refused.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
    assertThat(refused.getMessage()).contains("is ended as soon as the database answers");
    failure(() -> far.store().revokeClient(Samples.clientId(1), Node.soon()));
    var grant = failure(() -> far.store().grant(Node.lasting(3, 3), Node.soon()));
    assertThat(grant.getMessage()).contains("Nothing was changed");
    assertThat(far.store().status()).containsEntry("unwritten", 2);
    assertThat(far.store().health().problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("2 revocations wait"));
    assertThat(near.store().authorization(Samples.key(0, 0), Node.soon())).isPresent();
    proxy.refuse(false);
    far.awaitHealthy();
    assertThat(near.store().authorization(Samples.key(0, 0), Node.soon())).isEmpty();
    assertThat(near.store().authorization(Samples.key(1, 0), Node.soon())).isEmpty();
    assertThat(near.store().authorization(Samples.key(2, 0), Node.soon())).isPresent();
    assertThat(near.store().authorization(Samples.key(3, 3), Node.soon())).isEmpty();
  }

  @Test
  void aCommitThatTheServerHeardButNobodyHeardOfIsASuccess() {
    proxy.afterText("odd-one", TcpProxy.Fate.CUT_AFTER, () -> {});
    var result = far.store().grant(marked(0, 0), Node.soon());
    assertThat(proxy.fired()).isEqualTo(1);
    assertThat(result).isInstanceOf(WriteResult.Stored.class);
    assertThat(far.store().status()).containsEntry("resolved-commits", 1L);
    assertGrantedOnce();
  }

  @Test
  void aCommitThatNeverArrivedIsRepeated() {
    proxy.afterText("odd-one", TcpProxy.Fate.CUT_BEFORE, () -> {});
    var result = far.store().grant(marked(0, 0), Node.soon());
    assertThat(proxy.fired()).isEqualTo(1);
    assertThat(result).isInstanceOf(WriteResult.Stored.class);
    assertThat(far.store().status()).containsEntry("resolved-commits", 1L);
    assertGrantedOnce();
  }

  @Test
  void anOutcomeThatCannotBeFoundOutInTimeIsNeitherSuccessNorRefusal() {
    proxy.afterText("odd-one", TcpProxy.Fate.CUT_AFTER, proxy::refuseNew);
    var failure = failure(() -> far.store().grant(marked(0, 0), Node.in(Duration.ofSeconds(1))));
    assertThat(proxy.fired()).isEqualTo(1);
    assertThat(failure.code()).isEqualTo(StandardErrorCode.STORE_DEADLINE);
    assertThat(failure.fix()).contains("may or may not");
    proxy.refuse(true);
    far.awaitFailing();
    assertThat(failure(() -> far.store().authorization(Samples.key(0, 0), Node.soon())).code())
        .isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
    proxy.refuse(false);
    far.awaitHealthy();
    assertGrantedOnce();
  }

  private static Authorization marked(int client, int resource) {
    var usual = Node.lasting(client, resource);
    return new Authorization(usual.key(), usual.grantedAt(), usual.expiresAt(), "odd-one");
  }

  private void assertGrantedOnce() {
    assertThat(near.store().authorization(Samples.key(0, 0), Node.soon())).isPresent();
    assertThat(near.store().changes(8, 100, Node.soon()))
        .singleElement()
        .isInstanceOf(StoreChange.AuthorizationPut.class);
    far.awaitVersion(9, Duration.ofSeconds(60));
    near.awaitVersion(9, Duration.ofSeconds(60));
    assertThat(far.seen()).isEqualTo(near.seen());
  }

  @Test
  void aGatewayThatVanishesInTheMiddleDoesNotBlockTheOthersForLong() throws Exception {
    try (var connection = server.connect("postgres");
        var statement = connection.createStatement();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      connection.setAutoCommit(false);
      statement.execute("set idle_in_transaction_session_timeout = '2s'");
      statement.execute("select from outage_" + schemas + ".state for update");
      var granted = threads.submit(() -> near.grant(0, 0));
      assertThat(granted.get()).isNotNull();
    }
  }

  @Test
  void aStoreThatIsClosedDuringAnOutageClosesPromptly() {
    proxy.blackhole(true);
    far.awaitFailing();
    long started = System.nanoTime();
    far.close();
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void connectionsThatAreCutAgainAndAgainLeaveNoHoleAndLoseNothing() {
    int acknowledged = 0;
    for (int round = 0; round < 16; round++) {
      proxy.cut();
      grantInTheEnd(round % 4, round / 4 % 4);
      acknowledged++;
      if (round % 4 == 3) {
        far.awaitHealthy();
        assertThat(far.store().revokeResource(Samples.resourceId(round / 4 % 4), Node.soon()))
            .isEqualTo(4);
        acknowledged += 4;
      }
    }
    assertThat(near.store().version(Node.soon())).isEqualTo(8 + acknowledged);
    near.awaitVersion(8 + acknowledged, Duration.ofSeconds(60));
    far.awaitVersion(8 + acknowledged, Duration.ofSeconds(60));
    assertNoHole(near);
    Await.until("the same for both", Duration.ofSeconds(60), () -> far.seen().equals(near.seen()));
  }

  /** Again as long as it is refused, which means that nothing was changed. */
  private void grantInTheEnd(int client, int resource) {
    Await.until(
        "a grant",
        Duration.ofSeconds(60),
        () -> {
          try {
            return far.store().grant(Node.lasting(client, resource), Node.soon())
                instanceof WriteResult.Stored;
          } catch (GatehouseException e) {
            assertThat(e.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
            return false;
          }
        });
  }
}
