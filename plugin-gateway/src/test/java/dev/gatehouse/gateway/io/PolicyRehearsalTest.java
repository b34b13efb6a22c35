package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.gateway.PolicyConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyRehearsalTest {

  @TempDir Path directory;

  @Test
  void allowedPacketsPassAndStrangeOnesDoNotAndNothingIsLeftBehind() throws Exception {
    try (var bench = new Bench(directory)) {
      var shard = bench.context.shard();
      int before = shard.pool().inFlight();
      try (var rehearsal = new PolicyRehearsal(PolicyConfig.DEFAULTS, bench.context, shard)) {
        for (int i = 0; i < 15; i++) {
          rehearsal.round();
          shard.run();
        }
        // Four in each direction in every round, and a datagram each in every fourth.
        int ordinary = 15 * 8 + 3 * 2;
        assertThat(rehearsal.passed()).isEqualTo(ordinary);
        rehearsal.round();
        shard.run();
        assertThat(rehearsal.passed())
            .as("with all entries of its two batches")
            .isEqualTo(ordinary + 10);
      }
      shard.run();
      assertThat(shard.pool().inFlight()).isEqualTo(before);
    }
  }
}
