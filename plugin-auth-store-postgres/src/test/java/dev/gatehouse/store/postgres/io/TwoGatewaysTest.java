package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.store.Reconciliation;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Two gateways on one database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class TwoGatewaysTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  private PostgresServer server;
  private PostgresStoreConfig config;
  private int schemas;

  @BeforeAll
  void startServer() {
    server = PostgresServer.start("fsync=off");
    config = server.config("unused");
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void useAnotherSchema(TestInfo test) {
    config = server.config("two_" + ++schemas);
  }

  static PostgresStoreConfig following(
      PostgresStoreConfig config, Duration poll, boolean notifications, int changeLog) {
    return new PostgresStoreConfig(
        config.host(),
        config.port(),
        config.database(),
        config.schema(),
        config.user(),
        config.passwordFile(),
        config.passwordCredential(),
        config.tls(),
        config.caFile(),
        config.timeout(),
        poll,
        notifications,
        config.commitWindow(),
        changeLog);
  }

  private static PostgresStoreConfig waiting(PostgresStoreConfig config, Duration timeout) {
    return new PostgresStoreConfig(
        config.host(),
        config.port(),
        config.database(),
        config.schema(),
        config.user(),
        config.passwordFile(),
        config.passwordCredential(),
        config.tls(),
        config.caFile(),
        timeout,
        config.poll(),
        config.notifications(),
        config.commitWindow(),
        config.changeLog());
  }

  @Test
  void whatOneGrantsOrRevokesTheOtherKnowsAtTheNextQuestion() {
    try (var one = new Node(config);
        var other = new Node(config)) {
      one.createBasics(1);
      var granted = one.grant(0, 0);
      assertThat(other.store().authorization(Samples.key(0, 0), Node.soon())).contains(granted);
      assertThat(other.store().grant(Node.lasting(0, 0), Node.soon()))
          .isInstanceOf(WriteResult.Conflict.class);
      assertThat(other.store().revoke(Samples.key(0, 0), Node.soon())).isTrue();
      assertThat(one.store().authorization(Samples.key(0, 0), Node.soon())).isEmpty();
      assertThat(one.store().revoke(Samples.key(0, 0), Node.soon())).isFalse();
      long version = one.store().version(Node.soon());
      one.awaitVersion(version, Duration.ofSeconds(60));
      other.awaitVersion(version, Duration.ofSeconds(60));
      assertThat(one.seen()).isEqualTo(other.seen()).hasSize(4);
    }
  }

  @Test
  void eventsOfTheOtherGatewayAreToldHereToo() {
    try (var one = new Node(config);
        var other = new Node(config)) {
      one.createBasics(1);
      one.grant(0, 0);
      one.store().revoke(Samples.key(0, 0), Node.soon());
      Await.until(
          "the events",
          Duration.ofSeconds(60),
          () -> other.events().published(GatewayEvent.AuthorizationEvent.class).size() == 2);
      assertThat(other.events().published(GatewayEvent.AuthorizationGranted.class)).hasSize(1);
      assertThat(other.events().published(GatewayEvent.AuthorizationRevoked.class)).hasSize(1);
    }
  }

  @Test
  void withNotificationsAChangeArrivesLongBeforeTheNextLook() {
    var slow = following(config, Duration.ofSeconds(5), true, 1000);
    try (var one = new Node(slow);
        var other = new Node(slow)) {
      one.createBasics(1);
      one.grant(0, 0);
      other.awaitVersion(3, Duration.ofSeconds(60));
      // The quickest of a few counts, because the machine has other things to do as well.
      var quickest = Duration.ofDays(1);
      for (int version = 4; version < 12; version += 2) {
        one.store().revoke(Samples.key(0, 0), Node.soon());
        var delay = other.awaitVersion(version, SOON);
        quickest = delay.compareTo(quickest) < 0 ? delay : quickest;
        one.grant(0, 0);
        other.awaitVersion(version + 1, SOON);
      }
      assertThat(quickest).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void withoutNotificationsItArrivesAtTheNextLook() {
    var deaf = following(config, Duration.ofSeconds(1), false, 1000);
    try (var one = new Node(deaf);
        var other = new Node(deaf)) {
      one.createBasics(1);
      one.grant(0, 0);
      one.store().revoke(Samples.key(0, 0), Node.soon());
      other.awaitVersion(4, SOON);
    }
  }

  @Test
  void versionsOfConcurrentWritersBecomeVisibleInOrderAndWithoutHoles() throws Exception {
    try (var one = new Node(config);
        var other = new Node(config);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      one.createBasics(16);
      var work =
          IntStream.range(0, 32)
              .<Callable<Boolean>>mapToObj(worker ->
                  () -> {
                    var node = worker < 16 ? one : other;
                    for (int round = 0; round < 20; round++) {
                      node.grant(worker % 16, worker / 16);
                      assertThat(
                              node.store()
                                  .revoke(Samples.key(worker % 16, worker / 16), Node.soon()))
                          .isTrue();
                    }
                    return true;
                  })
              .toList();
      for (var done : threads.invokeAll(work)) {
        done.get();
      }
      long last = 32 + 32 * 40;
      assertThat(one.store().version(Node.soon())).isEqualTo(last);
      one.awaitVersion(last, Duration.ofSeconds(60));
      other.awaitVersion(last, Duration.ofSeconds(60));
      assertThat(one.seen())
          .extracting(StoreChange::version)
          .isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
      assertThat(other.seen()).isEqualTo(one.seen());
      assertThat(one.store().verify(Node.soon())).isEmpty();
    }
  }

  @Test
  void ofTwoGrantsAtOnceExactlyOneWins() throws Exception {
    try (var one = new Node(config);
        var other = new Node(config);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      one.createBasics(8);
      for (int i = 0; i < 32; i++) {
        int client = i % 8;
        int resource = i / 8;
        var first =
            threads.submit(() -> one.store().grant(Node.lasting(client, resource), Node.soon()));
        var second =
            threads.submit(() -> other.store().grant(Node.lasting(client, resource), Node.soon()));
        boolean firstWon = first.get() instanceof WriteResult.Stored;
        boolean secondWon = second.get() instanceof WriteResult.Stored;
        assertThat(firstWon).isNotEqualTo(secondWon);
      }
    }
  }

  @Test
  void whoMissedMoreThanTheLogRemembersIsToldSo() {
    var forgetful = following(config, Duration.ofMillis(200), true, 100);
    try (var one = new Node(forgetful)) {
      one.createBasics(1);
      for (int i = 0; i < 100; i++) {
        one.grant(0, 0);
        one.store().revoke(Samples.key(0, 0), Node.soon());
      }
      assertThat(one.store().changes(0, 1000, Node.soon()))
          .singleElement()
          .isInstanceOfSatisfying(
              StoreChange.Gap.class,
              gap ->
                  assertThat(one.store().changes(gap.version(), 1000, Node.soon()))
                      .noneMatch(StoreChange.Gap.class::isInstance)
                      .hasSize((int) (202 - gap.version())));
      assertThat(one.store().verify(Node.soon())).isEmpty();
    }
  }

  @Test
  void manyAtOnceTakeAsLongAsTheyTake() throws Exception {
    int many = 6000;
    try (var one = new Node(config)) {
      for (int i = 0; i < many / 100; i++) {
        one.store().createClient(Samples.client(i), Node.soon());
      }
      for (int i = 0; i < 100; i++) {
        one.store().createResource(Samples.resource(i), Node.soon());
      }
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var grants =
            IntStream.range(0, many)
                .<Callable<Object>>mapToObj(i -> () -> one.grant(i / 100, i % 100))
                .toList();
        for (var done : threads.invokeAll(grants)) {
          done.get();
        }
      }
    }
    var hasty = waiting(config, Duration.ofMillis(100));
    try (var other = new Node(hasty)) {
      var nothing = new Reconciliation.AuthoritativeList(Optional.empty(), Map.of());
      assertThat(other.store().reconcile(nothing, Node.soon()).removed()).isEqualTo(many);
      assertThat(other.store().snapshot(Node.soon()).authorizations()).isEmpty();
    }
  }

  @Test
  void twoGatewaysThatStartTogetherMakeTheTablesOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var starting =
          threads.invokeAll(
              IntStream.range(0, 4).<Callable<Node>>mapToObj(i -> () -> new Node(config)).toList());
      for (var started : starting) {
        try (var node = started.get()) {
          assertThat(node.store().health().isOk()).isTrue();
        }
      }
    }
  }
}
