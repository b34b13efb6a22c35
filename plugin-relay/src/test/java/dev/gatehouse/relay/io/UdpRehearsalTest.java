package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestShard;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX)
class UdpRehearsalTest {

  private final TestShard shard = new TestShard(new ManualTime());

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsSentComesBackAndNothingIsLeftBehind(boolean offload) {
    try (var rehearsal = new UdpRehearsal(CLibrary.load(), shard, offload)) {
      for (int i = 0; i < 200; i++) {
        rehearsal.round();
        shard.run();
      }
      assertThat(rehearsal.received()).isPositive();
    }
    shard.run();
    assertThat(shard.pool().inFlight()).isZero();
  }
}
