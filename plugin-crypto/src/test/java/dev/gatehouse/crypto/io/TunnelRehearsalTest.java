package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestShard;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TunnelRehearsalTest {

  private final TestShard shard = new TestShard(new ManualTime());

  static List<AeadEngine> engines() {
    return TestEngines.all();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void packetsOfEveryRoundComeThroughAndNothingIsLeftBehind(AeadEngine engine) {
    int rounds = 40;
    try (var rehearsal = new TunnelRehearsal(shard, engine, 1420, new Random(5))) {
      shard.run();
      for (int i = 0; i < rounds; i++) {
        rehearsal.round();
        shard.run();
      }
      // Five packets in every round, four more in every fourth.
      assertThat(rehearsal.delivered()).isEqualTo(rounds * 5 + rounds / 4 * 4);
    }
    shard.run();
    assertThat(shard.pool().inFlight()).isZero();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aPoolThatIsEmptyIsNoHarm(AeadEngine engine) {
    try (var rehearsal = new TunnelRehearsal(shard, engine, 1420, new Random(6))) {
      shard.run();
      var all = new ArrayList<PacketBatch>();
      for (var batch = shard.pool().tryAcquire(); batch != null; ) {
        all.add(batch);
        batch = shard.pool().tryAcquire();
      }
      int before = rehearsal.delivered();
      rehearsal.round();
      assertThat(rehearsal.delivered()).isEqualTo(before);
      all.forEach(PacketBatch::close);
    }
    assertThat(shard.pool().inFlight()).isZero();
  }
}
