package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestShard;
import dev.gatehouse.tun.linux.abi.CLibrary;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@EnabledOnOs(OS.LINUX)
class TunRehearsalTest {

  private final TestShard shard = new TestShard(new ManualTime());

  static List<Offload> offloads() {
    return List.of(Offload.NONE, new Offload(true, true, false), new Offload(true, true, true));
  }

  @ParameterizedTest
  @MethodSource("offloads")
  void whatIsWrittenIsReadAndNothingIsLeftBehind(Offload offload) {
    try (var rehearsal = new TunRehearsal(CLibrary.load(), offload, 1420, shard)) {
      for (int i = 0; i < 100; i++) {
        rehearsal.round();
        shard.run();
      }
      // Reading runs one round behind here, because lanes wait for the end of the round.
      assertThat(rehearsal.read()).isGreaterThanOrEqualTo(99 * 2);
    }
    shard.run();
    assertThat(shard.pool().inFlight()).isZero();
  }
}
