package dev.gatehouse.relay.core.turn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What allocations are kept in, alone and with several servers at once. */
class TablesTest {

  static LongStream seeds() {
    return Seeds.of(3);
  }

  private record Key(long a, long b, long c) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void aKeyTableIsAMap(long seed) {
    var random = new Random(seed);
    var table = new KeyTable<Integer>(seed);
    var map = new HashMap<Key, Integer>();
    for (int i = 0; i < 300_000; i++) {
      int range = (i / 20_000) % 2 == 0 ? 1000 : 10;
      var key = new Key(random.nextInt(3), random.nextInt(range), random.nextInt(4));
      switch (random.nextInt(3)) {
        case 0 -> {
          table.put(key.a(), key.b(), key.c(), i);
          map.put(key, i);
        }
        case 1 -> {
          table.remove(key.a(), key.b(), key.c());
          map.remove(key);
        }
        default -> assertThat(table.get(key.a(), key.b(), key.c())).isEqualTo(map.get(key));
      }
    }
    assertThat(table.size()).isEqualTo(map.size());
    map.forEach((key, value) -> assertThat(table.get(key.a(), key.b(), key.c())).isEqualTo(value));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noPortHasTwoTenantsAndNoneIsLost(long seed) {
    var random = new Random(seed);
    var pool = new PortPool(50001, 50100);
    var held = new HashSet<Integer>();
    long now = 0;
    for (int i = 0; i < 100_000; i++) {
      now += random.nextLong(1_000_000_000L);
      boolean pair = random.nextBoolean();
      int port =
          switch (random.nextInt(4)) {
            case 0 -> pool.take(random, now);
            case 1 -> pool.takeEven(pair, random, now);
            default -> {
              if (!held.isEmpty()) {
                int back =
                    held.stream().skip(random.nextInt(held.size())).findFirst().orElseThrow();
                held.remove(back);
                pool.give(back, now);
                pool.give(back, now);
              }
              yield -2;
            }
          };
      if (port >= 0) {
        assertThat(port).isBetween(50001, 50100);
        assertThat(held.add(port)).isTrue();
      }
      assertThat(pool.available()).isLessThanOrEqualTo(100 - held.size());
      if (port >= 0 && pool.available() < 100 - held.size()) {
        assertThat(port % 2).isZero();
        assertThat(held.add(port + 1)).isTrue();
      }
      assertThat(pool.available()).isEqualTo(100 - held.size());
    }
  }

  @Test
  void aPortRestsAMinuteUnlessItIsNeeded() {
    var random = new Random(1);
    var pool = new PortPool(50000, 50001);
    int first = pool.take(random, 0);
    pool.give(first, 0);
    int second = pool.take(random, 1);
    assertThat(second).isNotEqualTo(first);
    assertThat(pool.take(random, 2)).isEqualTo(first);
    assertThat(pool.take(random, 3)).isEqualTo(PortPool.NONE);
  }

  @Test
  void serversOnSeveralThreadsKeepOneAccount() throws Exception {
    var settings =
        Lab.with(
            Lab.settings(new TurnSettings.Quotas(1, true, 1000, 8, 8, 100, 0, 0)), 50000, 50015);
    var group = new TurnGroup(settings, Lab.openPolicy(), new Random(1));
    List<Queue<Long>> evictions =
        List.of(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
    try (var threads = Executors.newFixedThreadPool(2)) {
      Callable<Integer> one = () -> churn(group, 0, evictions);
      Callable<Integer> two = () -> churn(group, 1, evictions);
      int made = 0;
      for (var done : threads.invokeAll(List.of(one, two))) {
        made += done.get();
      }
      assertThat(made).isGreaterThan(1000);
    }
    assertThat(group.allocations()).isZero();
    assertThat(group.availablePorts()).isEqualTo(16);
  }

  /** Allocates for the same user as the other thread does, whose allocation so ends. */
  private static int churn(TurnGroup group, int number, List<Queue<Long>> evictions) {
    var answers = new ConcurrentLinkedQueue<byte[]>();
    var server = new TurnServer[1];
    var sockets = new HashMap<Integer, Integer>();
    var output =
        new RelayOutput() {
          @Override
          public void reply(long high, long low, int port, int link, byte[] message, int length) {
            answers.add(Arrays.copyOf(message, length));
          }

          @Override
          public void openRelay(int relay, int port) {
            sockets.put(relay, port);
            server[0].relayOpened(relay, true, 5);
          }

          @Override
          public void closeRelay(int relay) {
            assertThat(sockets.remove(relay)).isNotNull();
          }

          @Override
          public void evict(int other, long allocation) {
            evictions.get(other).add(allocation);
          }
        };
    server[0] = group.server(number, output, new Random(number));
    server[0].tick(5, Lab.EPOCH);
    var address = IpAddress.parse("203.0.113." + (5 + number));
    var integrity = new Integrity();
    var key = integrity.md5Key("alice".getBytes(UTF_8), "firezone", "wonderland".getBytes(UTF_8));
    var writer = new StunWriter(1000);
    var reader = new StunReader();
    Map<Integer, byte[]> nonces = new HashMap<>();
    int made = 0;
    for (int i = 0; i < 6000; i++) {
      int port = 1000 + i % 3;
      writer.begin(
          Stun.type(Stun.ALLOCATE, Stun.REQUEST),
          new byte[] {(byte) i, (byte) (i >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
          0);
      Guest.udp(writer);
      writer.text(Stun.USERNAME, "alice");
      writer.text(Stun.REALM, "firezone");
      var nonce = nonces.get(port);
      if (nonce != null) {
        writer.value(Stun.NONCE, nonce);
      }
      writer.sign(integrity, key, false);
      int length = writer.finish();
      var slab = MemorySegment.ofArray(writer.bytes());
      server[0].fromClient(address.high(), address.low(), port, 1, slab, 0, length, 5);
      var answer = answers.remove();
      assertThat(reader.read(answer, 0, answer.length)).isEqualTo(StunReader.OK);
      if (reader.messageClass() == Stun.SUCCESS) {
        made++;
      } else if (reader.has(Stun.NONCE)) {
        nonces.put(port, reader.value(Stun.NONCE));
      }
      Long evicted;
      while ((evicted = evictions.get(number).poll()) != null) {
        server[0].evict(evicted, 5);
      }
    }
    server[0].close();
    assertThat(sockets).isEmpty();
    return made;
  }
}
