package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Two gateways whose clocks jump: what that does to what they share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class SharedTimeTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private PostgresServer server;
  private TestContext here = new TestContext("postgres", Path.of("."));
  private TestContext there = new TestContext("postgres", Path.of("."));
  private PostgresStore one;
  private PostgresStore other;
  private Instant database = Instant.EPOCH;
  private int schemas;

  @BeforeAll
  void startServer() {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void openBoth() {
    here = new TestContext("postgres", Path.of("."));
    there = new TestContext("postgres", Path.of("."));
    database = here.time().now();
    var config = server.config("time_" + ++schemas);
    one = new PostgresStore(config, here, real -> database());
    other = new PostgresStore(config, there, real -> database());
    one.start();
    other.start();
    one.createClient(Samples.client(0), soon());
    one.createResource(Samples.resource(0), soon());
  }

  @AfterEach
  void closeBoth() {
    one.close();
    other.close();
    here.close();
    there.close();
  }

  private synchronized Instant database() {
    return database;
  }

  private synchronized void setDatabase(Instant to) {
    database = to;
  }

  private Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1), here.time());
  }

  private void pass(Duration by) {
    setDatabase(database().plus(by));
    here.time().advance(by);
    there.time().advance(by);
    awaitPolls();
  }

  /** Lets both look at the database with the clocks as they are. */
  private void awaitPolls() {
    for (var store : List.of(one, other)) {
      long before = polls(store);
      Await.until("two looks", Duration.ofSeconds(60), () -> polls(store) >= before + 2);
    }
  }

  private static long polls(PostgresStore store) {
    return (Long) store.status().getOrDefault("polls", 0L);
  }

  private Instant granted(Duration lasting) {
    var expiry = here.time().now().plus(lasting);
    one.grant(Samples.authorization(0, 0, here.time().now(), Optional.of(expiry)), soon());
    return expiry;
  }

  private Optional<Authorization> stored() {
    return other.authorization(Samples.key(0, 0), soon()).map(held -> held.value());
  }

  @Test
  void oneGatewayInTheFutureEndsNothingForTheOther() {
    granted(HOUR);
    here.time().setWall(here.time().now().plus(Duration.ofDays(3653)));
    pass(Duration.ofMinutes(10));
    assertThat(stored()).isPresent();
    assertThat(other.knowsTime()).isTrue();
  }

  @Test
  void oneGatewayInThePastLengthensNothing() {
    granted(HOUR);
    here.time().setWall(here.time().now().minus(Duration.ofDays(3653)));
    pass(HOUR.minusSeconds(1));
    assertThat(stored()).isPresent();
    assertThat(one.health().isOk()).isFalse();
    pass(Duration.ofSeconds(1));
    Await.until("the end", Duration.ofSeconds(60), () -> stored().isEmpty());
  }

  @Test
  void aDatabaseInTheFutureOrThePastChangesNothing() {
    granted(HOUR);
    setDatabase(database().plus(Duration.ofDays(3653)));
    pass(Duration.ofMinutes(10));
    assertThat(stored()).isPresent();
    setDatabase(Instant.EPOCH);
    pass(Duration.ofMinutes(49));
    assertThat(stored()).isPresent();
    pass(Duration.ofMinutes(1));
    Await.until("the end", Duration.ofSeconds(60), () -> stored().isEmpty());
    assertThat(one.knowsTime()).isTrue();
  }

  @Test
  void whenAllAreSetBackWhatWasGrantedKeepsTheTimeItHadLeftAndIsMovedOnce() {
    var expiry = granted(HOUR.multipliedBy(8));
    setDatabase(database().minus(HOUR));
    here.time().setWall(here.time().now().minus(HOUR));
    there.time().setWall(there.time().now().minus(HOUR));
    awaitPolls();
    pass(Duration.ofMinutes(4));
    assertThat(stored().orElseThrow().expiresAt()).contains(expiry);
    pass(Duration.ofMinutes(1));
    pass(Duration.ofSeconds(1));
    Await.until(
        "the expiry to be moved",
        Duration.ofSeconds(60),
        () -> stored().orElseThrow().expiresAt().equals(Optional.of(expiry.minus(HOUR))));
    pass(Duration.ofMinutes(6));
    assertThat(stored().orElseThrow().expiresAt()).contains(expiry.minus(HOUR));
    assertThat(one.knowsTime()).isTrue();
    assertThat(other.health().isOk()).isTrue();
  }

  @Test
  void aMachineThatBootsIn1970DeniesUntilItsClockIsSet() {
    granted(HOUR);
    one.close();
    other.close();
    var now = here.time().now();
    setDatabase(Instant.EPOCH);
    here.time().setWall(Instant.EPOCH);
    one = new PostgresStore(server.config("time_" + schemas), here, real -> database());
    one.start();
    assertThat(one.knowsTime()).isFalse();
    assertThat(one.health().problem()).hasValueSatisfying(p -> assertThat(p).contains("NTP"));
    setDatabase(now.plusSeconds(60));
    here.time().setWall(now.plusSeconds(60));
    Await.until("the time", Duration.ofSeconds(60), one::knowsTime);
    assertThat(one.authorization(Samples.key(0, 0), soon())).isPresent();
  }
}
