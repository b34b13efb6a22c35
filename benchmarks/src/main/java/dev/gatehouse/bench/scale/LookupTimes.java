package dev.gatehouse.bench.scale;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.gateway.core.Decider;
import dev.gatehouse.gateway.core.IpPacket;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.Verdict;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** How long the policy takes to judge one packet of the client with the most authorizations. */
final class LookupTimes {

  private static final int ROUNDS = 1_000_000;
  private static final int LENGTH = 36;
  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private LookupTimes() {}

  /** One line: median, p99 and the longest; every second packet has no authorization. */
  static String measure(Estate estate) {
    var model =
        new PolicyModel(
            new PolicyTable.Surroundings(
                TunnelAddresses.of(List.of(IpAddress.parse("100.64.0.1"))),
                List.of(Cidr.parse("100.64.0.0/16"))),
            10);
    model.reset(
        new StoreSnapshot(1, estate.clients(), estate.resources(), estate.authorizations()), 0);
    var table = model.compile();
    var first = table.byId(new ClientId("client-0")).orElseThrow();
    var random = RandomGenerator.getDefault();
    var now = Instant.now();
    long wall = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    var times = new long[ROUNDS];
    int allowed = 0;
    try (var arena = Arena.ofConfined()) {
      var slab = arena.allocate(LENGTH);
      var decider = new Decider();
      var packet = new IpPacket();
      for (int warm = 1; warm >= 0; warm--) {
        for (int i = 0; i < ROUNDS; i++) {
          int grant = random.nextInt(estate.grants()) + (i & 1) * estate.grants();
          slab.set(WORD, 0, 0x4500_0000 | LENGTH);
          slab.set(WORD, 8, 0x4011_0000);
          slab.set(WORD, 12, (int) Estate.address(0).low());
          slab.set(WORD, 16, (int) Estate.destination(grant).low());
          slab.set(WORD, 20, (5000 << 16) | 5000);
          slab.set(WORD, 24, 16 << 16);
          long begin = System.nanoTime();
          packet.parse(slab, 0, LENGTH, false);
          var client = table.byHandle(first.handle());
          var verdict = decider.fromClient(table, client, packet, wall, false);
          times[i] = System.nanoTime() - begin;
          allowed += verdict == Verdict.ALLOWED ? 1 : 0;
        }
      }
    }
    if (allowed != ROUNDS) {
      throw new IllegalStateException(allowed + " of " + 2 * ROUNDS + " packets were allowed");
    }
    Arrays.sort(times);
    return String.format(
        Locale.ROOT,
        "one packet judged among %,d authorizations and %,d clients: median %.2f µs, p99 %.2f µs"
            + " (wanted ≤ 5), longest %.0f µs",
        estate.grants(),
        table.size(),
        times[ROUNDS / 2] / 1e3,
        times[(int) (ROUNDS * 0.99)] / 1e3,
        times[ROUNDS - 1] / 1e3);
  }
}
