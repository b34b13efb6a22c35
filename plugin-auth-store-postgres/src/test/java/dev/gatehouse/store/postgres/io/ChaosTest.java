package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.WriteResult;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two gateways do random things while their connections are cut, swallowed and refused and the
 * server is killed. Whatever was answered must be so; what was not may be either, until it is read.
 */
@Timeout(300)
class ChaosTest {

  private static final int NUMBERS = 5;

  private enum Belief {
    YES,
    NO,
    UNKNOWN
  }

  private final Map<AuthorizationKey, Belief> beliefs = new HashMap<>();
  private final Set<AuthorizationKey> endingLate = new HashSet<>();
  private int answered;
  private int unanswered;

  @Test
  void whatWasAnsweredIsTrueWhateverHappensToTheConnections() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("shared store in chaos: -Dgatehouse.seed=" + seed);
    try (var server = PostgresServer.start();
        var proxy = new TcpProxy(server.port());
        var near = new Node(server.config("chaos"));
        var far = new Node(server.config("chaos", proxy.port()))) {
      near.createBasics(NUMBERS);
      walk(new Random(seed), steps(), server, proxy, near, far);
      heal(proxy, near, far);
      compare(near);
      compare(far);
      assertOneStory(near, far);
    } catch (AssertionError e) {
      throw new AssertionError("with -Dgatehouse.seed=" + seed + ": " + e.getMessage(), e);
    }
    System.out.printf("shared store in chaos: %d answered, %d not%n", answered, unanswered);
    // A quiet machine answers most; a busy one fewer within the short deadlines.
    assertThat(answered).isGreaterThan(steps() / 10);
  }

  private static int steps() {
    return Integer.getInteger("gatehouse.chaos.steps", 250);
  }

  private void walk(
      Random random, int steps, PostgresServer server, TcpProxy proxy, Node near, Node far) {
    for (int step = 0; step < steps; step++) {
      var node = random.nextInt(3) == 0 ? near : far;
      var key = Samples.key(random.nextInt(NUMBERS), random.nextInt(NUMBERS));
      switch (random.nextInt(30)) {
        case 0, 1, 2 -> proxy.cut();
        case 3 -> proxy.blackhole(true);
        case 4 -> proxy.refuse(true);
        case 5, 6 -> heal(proxy, near, far);
        case 7 -> {
          if (random.nextInt(8) == 0) {
            server.kill();
            server.startAgain();
            heal(proxy, near, far);
          }
        }
        case 8, 9, 10, 11, 12, 13, 14, 15, 16 -> revoke(node, key);
        case 17, 18 -> read(node, key);
        default -> grant(node, key);
      }
    }
  }

  private void grant(Node node, AuthorizationKey key) {
    attempt(
        key,
        Belief.YES,
        () -> {
          var client = Integer.parseInt(key.client().value().substring("client-".length()));
          var resource = Integer.parseInt(key.resource().value().substring("resource-".length()));
          var result =
              node.store().grant(Node.lasting(client, resource), Node.in(Duration.ofMillis(300)));
          return result instanceof WriteResult.Stored;
        });
  }

  private void revoke(Node node, AuthorizationKey key) {
    attempt(key, Belief.NO, () -> node.store().revoke(key, Node.in(Duration.ofMillis(300))));
  }

  /** Does something that changes the state to {@code after}, or finds that it is that already. */
  private void attempt(AuthorizationKey key, Belief after, BooleanSupplier write) {
    var before = beliefs.getOrDefault(key, Belief.NO);
    try {
      boolean changed = write.getAsBoolean();
      if (before != Belief.UNKNOWN) {
        assertThat(changed).as(key + " from " + before + " to " + after).isEqualTo(before != after);
      }
      if (!endingLate.contains(key)) {
        beliefs.put(key, after);
      }
      answered++;
    } catch (GatehouseException e) {
      unanswered++;
      if (e.code() == StandardErrorCode.STORE_UNAVAILABLE && after == Belief.YES) {
        return;
      }
      assertThat(e.code())
          .isIn(StandardErrorCode.STORE_DEADLINE, StandardErrorCode.STORE_UNAVAILABLE);
      beliefs.put(key, Belief.UNKNOWN);
      if (after == Belief.NO) {
        // It is carried out some time later, whatever is granted until then.
        endingLate.add(key);
      }
    }
  }

  /** Lets everything work again, and finds out what became of what was not answered. */
  private void heal(TcpProxy proxy, Node near, Node far) {
    proxy.blackhole(false);
    proxy.refuse(false);
    for (var node : List.of(near, far)) {
      node.awaitHealthy();
      Await.until(
          "an answered write, before which everything else has been carried out",
          Duration.ofSeconds(60),
          () -> {
            try {
              node.store().sweep(1, Node.soon());
              return Integer.valueOf(0).equals(node.store().status().get("unwritten"));
            } catch (GatehouseException e) {
              return false;
            }
          });
    }
    endingLate.clear();
    beliefs.replaceAll((key, belief) ->
        belief != Belief.UNKNOWN
            ? belief
            : near.store().authorization(key, Node.soon()).isPresent() ? Belief.YES : Belief.NO);
  }

  private void read(Node node, AuthorizationKey key) {
    try {
      boolean there = node.store().authorization(key, Node.in(Duration.ofMillis(300))).isPresent();
      check(key, there);
      answered++;
    } catch (GatehouseException e) {
      unanswered++;
    }
  }

  private void check(AuthorizationKey key, boolean there) {
    var belief = beliefs.getOrDefault(key, Belief.NO);
    if (belief != Belief.UNKNOWN) {
      assertThat(there).as(key + " is " + belief).isEqualTo(belief == Belief.YES);
    }
  }

  private void compare(Node node) {
    for (var key : beliefs.keySet()) {
      check(key, node.store().authorization(key, Node.soon()).isPresent());
    }
    assertThat(node.store().verify(Node.soon())).isEmpty();
  }

  private static void assertOneStory(Node near, Node far) {
    long version = near.store().version(Node.soon());
    near.awaitVersion(version, Duration.ofSeconds(60));
    far.awaitVersion(version, Duration.ofSeconds(60));
    Await.until("one story", Duration.ofSeconds(60), () -> near.seen().equals(far.seen()));
    assertThat(near.seen())
        .extracting(StoreChange::version)
        .isEqualTo(LongStream.rangeClosed(1, version).boxed().toList());
  }
}
