package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.store.Samples;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Measures the store on a server with its usual, durable settings. Not part of the usual run:
 *
 * <pre>./build -pl plugin-auth-store-postgres -am test -Dtest=PostgresBenchmarkTest
 *   -Dsurefire.failIfNoSpecifiedTests=false -Dgatehouse.postgres.benchmark=true</pre>
 */
@EnabledIfSystemProperty(named = "gatehouse.postgres.benchmark", matches = "true")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresBenchmarkTest {

  private static final int WRITERS = 32;
  private static final int RECORDS = Integer.getInteger("gatehouse.store.records", 100_000);

  private PostgresServer server;

  private interface Step {
    void run(int worker, int round) throws Exception;
  }

  @BeforeAll
  void startServer() {
    server = PostgresServer.start();
    System.out.printf(
        "%s, %d processors, %s %s, JVM flags %s, PostgreSQL %s%n",
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vm.name"),
        Runtime.version(),
        Stream.of(ProcessHandle.current().info().arguments().orElse(new String[0]))
            .filter(argument -> argument.startsWith("-"))
            .toList(),
        server.value("show server_version"));
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  /** Runs steps by all writers at once and prints how fast they were; returns steps per second. */
  private static double measure(String what, int rounds, Step step) throws Exception {
    var nanos = new long[WRITERS * rounds];
    long started = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var work =
          IntStream.range(0, WRITERS)
              .<Callable<Boolean>>mapToObj(worker ->
                  () -> {
                    for (int round = 0; round < rounds; round++) {
                      long began = System.nanoTime();
                      step.run(worker, round);
                      nanos[worker * rounds + round] = System.nanoTime() - began;
                    }
                    return true;
                  })
              .toList();
      for (var done : threads.invokeAll(work)) {
        done.get();
      }
    }
    double perSecond = nanos.length / ((System.nanoTime() - started) / 1e9);
    print(what, perSecond, nanos);
    return perSecond;
  }

  private static void print(String what, double perSecond, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        "%-58s %8.0f/s   p50 %6.1f ms   p99 %6.1f ms%n",
        what, perSecond, nanos[nanos.length / 2] / 1e6, nanos[nanos.length * 99 / 100] / 1e6);
  }

  @Test
  void durableGrantsByThirtyTwoWriters() throws Exception {
    int rounds = 400;
    try (var one = new Node(server.config("grants"));
        var other = new Node(server.config("grants"))) {
      basics(one, WRITERS, rounds);
      measure("warm-up", rounds, (w, r) -> one.grant(w, r));
      one.store().revokeResource(Samples.resourceId(0), Node.soon());
      for (int r = 0; r < rounds; r++) {
        one.store().revokeResource(Samples.resourceId(r), Node.soon());
      }
      double grants = measure("durable grants, one gateway", rounds, (w, r) -> one.grant(w, r));
      for (int r = 0; r < rounds; r++) {
        one.store().revokeResource(Samples.resourceId(r), Node.soon());
      }
      measure(
          "durable grants, two gateways with 16 writers each",
          rounds,
          (w, r) -> (w % 2 == 0 ? one : other).grant(w, r));
      double peer = plainInserts(rounds);
      System.out.printf("one gateway against plain inserts: %.2f times%n", grants / peer);
      assertThat(grants).isPositive();
    }
  }

  /** What the server does by itself: a connection per writer, and a transaction per row. */
  private double plainInserts(int rounds) throws Exception {
    server.execute("create table plain (a text, b text, c bigint, d bigint, primary key (a, b))");
    var connections = new ArrayList<Connection>();
    try {
      for (int i = 0; i < WRITERS; i++) {
        connections.add(server.connect("postgres"));
      }
      return measure(
          "peer: plain inserts, a connection and a commit each",
          rounds,
          (w, r) -> {
            try (var insert =
                connections.get(w).prepareStatement("insert into plain values (?, ?, ?, ?)")) {
              insert.setString(1, "client-" + w);
              insert.setString(2, "resource-" + r);
              insert.setLong(3, r);
              insert.setLong(4, w);
              insert.executeUpdate();
            }
          });
    } finally {
      for (var connection : connections) {
        closeQuietly(connection);
      }
    }
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void basics(Node node, int clients, int resources) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var work = new ArrayList<Callable<Object>>();
      for (int i = 0; i < clients; i++) {
        int number = i;
        work.add(() -> node.store().createClient(Samples.client(number), Node.soon()));
      }
      for (int i = 0; i < resources; i++) {
        int number = i;
        work.add(() -> node.store().createResource(Samples.resource(number), Node.soon()));
      }
      for (var done : threads.invokeAll(work)) {
        done.get();
      }
    }
  }

  @Test
  void fromOneGatewayToTheOther() throws Exception {
    for (boolean notifications : List.of(true, false)) {
      for (var poll : List.of(Duration.ofSeconds(1))) {
        var config =
            TwoGatewaysTest.following(
                server.config("delay_" + notifications), poll, notifications, 100_000);
        try (var one = new Node(config);
            var other = new Node(config)) {
          one.createBasics(1);
          var nanos = new long[notifications ? 200 : 40];
          for (int i = 0; i < nanos.length; i++) {
            long version = i % 2 == 0 ? one.grant(0, 0).version() : revoked(one);
            long began = System.nanoTime();
            other.awaitVersion(version, Duration.ofSeconds(10));
            nanos[i] = System.nanoTime() - began;
          }
          print(
              "answered here to known there, "
                  + (notifications ? "notified" : "not notified, poll 1 s"),
              0,
              nanos);
        }
      }
    }
  }

  private static long revoked(Node node) {
    assertThat(node.store().revoke(Samples.key(0, 0), Node.soon())).isTrue();
    return node.store().version(Node.soon());
  }

  @Test
  void startingWithManyAuthorizations() throws Exception {
    int resources = 100;
    int clients = RECORDS / resources;
    try (var node = new Node(server.config("many"))) {
      basics(node, clients, resources);
      measure(
          RECORDS + " durable grants",
          RECORDS / WRITERS,
          (w, r) -> {
            int number = r * WRITERS + w;
            node.grant(number / resources, number % resources);
          });
    }
    long started = System.nanoTime();
    try (var node = new Node(server.config("many"))) {
      long opened = System.nanoTime();
      var snapshot = node.store().snapshot(Node.in(Duration.ofMinutes(2)));
      System.out.printf(
          "start with %d authorizations: opened in %d ms, all read in %d ms more%n",
          snapshot.authorizations().size(),
          (opened - started) / 1_000_000,
          (System.nanoTime() - opened) / 1_000_000);
      started = System.nanoTime();
      int ended = node.store().revokeResource(Samples.resourceId(0), Node.soon());
      System.out.printf(
          "revoked %d at once in %d ms%n", ended, (System.nanoTime() - started) / 1_000_000);
      System.out.printf(
          "size of the schema: %s%n",
          server.value(
              "select pg_size_pretty(sum(pg_total_relation_size(c.oid))) from pg_class c join"
                  + " pg_namespace n on n.oid = c.relnamespace"
                  + " where n.nspname = 'many' and c.relkind = 'r'"));
    }
  }
}
