package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.Packets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code gatehouse flows} gets to see. */
class FlowsTest {

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory);
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.client("phone", 11));
    bench.store.put(Bench.resource("web", "10.0.0.0/24", "udp/80", "icmp"));
    bench.authorize("laptop", "web", null);
    bench.started();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private FlowMonitor.View view(String client, String resource, boolean denied, boolean live) {
    return view(client, resource, denied, live, 100);
  }

  private FlowMonitor.View view(
      String client, String resource, boolean denied, boolean live, int most) {
    var query =
        new FlowMonitor.Query(
            Optional.of(client).filter(text -> !text.isEmpty()).map(ClientId::new),
            Optional.of(resource).filter(text -> !text.isEmpty()).map(ResourceId::new),
            denied,
            live,
            most);
    var asking = new FutureTask<>(() -> bench.stage.flows(query));
    Thread.startVirtualThread(asking);
    while (!asking.isDone()) { // it waits for the shard, which this thread is
      bench.shard.run();
      Thread.onSpinWait();
    }
    return asking.resultNow();
  }

  private List<FlowMonitor.Flow> all() {
    return view("", "", false, false).flows();
  }

  private void send(String client, int last, int port) {
    bench.fromClient(
        client,
        Packets.udp(
            "100.64.0." + (client.equals("laptop") ? 10 : 11), 4000, "10.0.0." + last, port));
    bench.taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER);
  }

  private void pass(Duration time) {
    bench.shard.advance(time);
  }

  @Test
  void flowIsSeenWhileItLivesAndAfterwards() {
    var start = bench.context.time().now();
    send("laptop", 5, 80);
    pass(Duration.ofSeconds(10));
    send("laptop", 5, 80);
    bench.toClient("laptop", Packets.udp("10.0.0.5", 80, "100.64.0.10", 4000));

    var live = all().getFirst();

    assertThat(live.live()).isTrue();
    assertThat(live.verdict()).isEqualTo("allowed");
    assertThat(live.client()).hasToString("laptop");
    assertThat(live.resource()).hasToString("Optional[web]");
    assertThat(live.rule()).contains("udp/80");
    assertThat(live.start()).isEqualTo(start);
    assertThat(live.last()).isEqualTo(start.plusSeconds(10));
    assertThat(live.sentPackets()).isEqualTo(2);
    assertThat(live.receivedPackets()).isEqualTo(1);
    assertThat(live.clientPort()).isEqualTo(4000);
    assertThat(live.remotePort()).isEqualTo(80);

    pass(Duration.ofNanos(FlowTable.IDLE).plusSeconds(2));
    assertThat(all()).hasSize(1);
    var ended = all().getFirst();
    assertThat(ended.live()).isFalse();
    assertThat(ended.last()).isEqualTo(start.plusSeconds(10));
    assertThat(view("", "", false, true).flows()).isEmpty();
  }

  @Test
  void filtersNarrowDown() {
    send("laptop", 5, 80);
    send("laptop", 6, 80);
    send("laptop", 5, 22);
    send("phone", 5, 80);

    assertThat(all()).hasSize(4);
    assertThat(view("laptop", "", false, false).flows()).hasSize(3);
    assertThat(view("", "web", false, false).flows()).hasSize(2);
    assertThat(view("", "", true, false).flows())
        .extracting(FlowMonitor.Flow::verdict)
        .containsExactlyInAnyOrder("filtered", "no-authorization");
    assertThat(view("phone", "web", false, false).flows()).isEmpty();
    assertThat(view("laptop", "", true, true).flows()).hasSize(1);
  }

  @Test
  void neverMoreThanWantedAndThatIsSaid() {
    for (int i = 0; i < 10; i++) {
      send("laptop", i, 80);
    }
    assertThat(view("", "", false, false, 4).flows()).hasSize(4);
    assertThat(view("", "", false, false, 4).more()).isTrue();
    assertThat(view("", "", false, false, 10).more()).isFalse();
  }

  @Test
  void deniedFlowsDoNotPushOutAllowedOnes() {
    send("laptop", 5, 80);
    for (int port = 1000; port < 1000 + 2 * RecentFlows.MOST; port++) {
      send("phone", 5, port);
    }
    pass(Duration.ofNanos(FlowTable.IDLE).plusSeconds(2));

    assertThat(view("", "", true, false, 10_000).flows()).hasSize(RecentFlows.MOST);
    assertThat(view("laptop", "web", false, false).flows()).hasSize(1);
  }
}
