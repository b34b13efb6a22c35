package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Packets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when the configuration is read again. */
class ReconfigureTest {

  private static final byte[] GOOD = Packets.udp("100.64.0.10", 4000, "10.0.0.5", 80);
  private static final byte[] BAD = Packets.udp("100.64.0.10", 4000, "10.1.0.5", 80);

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory, new PolicyConfig(Duration.ofSeconds(3), Duration.ofHours(1), 1));
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.resource("web", "10.0.0.0/24"));
    bench.authorize("laptop", "web", null);
    bench.started();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private Runnable prepare(Duration refresh, Duration budget, int errors) {
    return bench.stage.reconfigure(new PolicyConfig(refresh, budget, errors));
  }

  private int errorsFor(int packets) {
    int errors = 0;
    for (int i = 0; i < packets; i++) {
      bench.fromClient("laptop", BAD);
      errors += bench.taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER).size();
    }
    return errors;
  }

  @Test
  void nothingChangesBeforeTheChangeIsMade() {
    var change = prepare(Duration.ofSeconds(3), Duration.ofHours(1), 5);
    assertThat(errorsFor(10)).isEqualTo(1);

    change.run();

    assertThat(errorsFor(10)).isEqualTo(5);
    assertThat(bench.passes("laptop", GOOD)).as("authorizations stay").isTrue();
  }

  @Test
  void partitionBudgetCountsAtOnce() {
    bench.store.down = true;
    bench.shard.advance(Duration.ofMinutes(30));
    assertThat(bench.passes("laptop", GOOD)).isTrue();

    prepare(Duration.ofSeconds(3), Duration.ofMinutes(10), 1).run();

    assertThat(bench.passes("laptop", GOOD)).isFalse();
  }

  @Test
  void refreshCountsAtOnce() {
    prepare(Duration.ofMillis(100), Duration.ofHours(1), 1).run();
    bench.store.mute = true;
    bench.store.revoke(Bench.key("laptop", "web"));
    bench.shard.advance(Duration.ofMillis(200));

    assertThat(bench.passes("laptop", GOOD)).isFalse();
  }
}
