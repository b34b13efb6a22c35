package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import io.vertx.core.json.JsonObject;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowTableTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final int FIN = 1;
  private static final int RST = 4;

  private final List<FlowRecord> ended = new ArrayList<>();
  private final FlowTable table = new FlowTable(7, ended::add);
  private final ClientPolicy client = client("laptop", 1);
  private final Grant web = grant("web", "tcp/80", "udp/53");
  private long now = 5 * SECOND;

  private static ClientPolicy client(String id, int handle) {
    var model =
        new Client(
            new ClientId(id),
            id,
            PublicKey.of(new byte[32]),
            Optional.empty(),
            TunnelAddresses.of(List.of(Packets.address("100.64.0.10"))));
    return new ClientPolicy(handle, model, List.of(), new TokenBucket(1, 0), new ClientNat(1));
  }

  private static Grant grant(String id, String... filters) {
    var parsed = List.of(filters).stream().map(Filter::parse).toList();
    return new Grant(
        new Resource(new ResourceId(id), id, Destination.parse("10.0.0.0/24"), parsed),
        PortFilter.of(parsed),
        WallClock.NEVER);
  }

  private void tcp(boolean outward, int port, int flags) {
    tcp(outward, port, flags, web);
  }

  private void tcp(boolean outward, int port, int flags, Grant grant) {
    var bytes =
        outward
            ? Packets.tcp("100.64.0.10", port, "10.0.0.5", 80)
            : Packets.tcp("10.0.0.5", 80, "100.64.0.10", port);
    bytes[33] = (byte) flags;
    note(bytes, outward, Verdict.ALLOWED, grant);
  }

  private void note(
      byte[] bytes,
      boolean outward,
      Verdict verdict,
      @org.jspecify.annotations.Nullable Grant grant) {
    var packet = new IpPacket();
    assertThat(packet.parse(MemorySegment.ofArray(bytes), 0, bytes.length, false)).isTrue();
    table.note(client, packet, outward, verdict, grant, null, 1, now);
  }

  @Test
  void aConnectionIsOneFlowWithBothDirections() {
    tcp(true, 4000, SYN);
    now += SECOND;
    tcp(false, 4000, SYN | ACK);
    tcp(true, 4000, ACK);
    tcp(true, 4000, FIN | ACK);
    table.expire(now);
    assertThat(ended).isEmpty();
    now += SECOND;
    tcp(false, 4000, FIN | ACK);
    table.expire(now);

    assertThat(ended).hasSize(1);
    var json = new JsonObject(ended.getFirst().line(now, Instant.parse("2026-01-01T00:00:10Z")));
    assertThat(json.getMap())
        .containsEntry("flow_start", "2026-01-01T00:00:08Z")
        .containsEntry("flow_end", "2026-01-01T00:00:10Z")
        .containsEntry("verdict", "allowed")
        .containsEntry("client", "laptop")
        .containsEntry("resource", "web")
        .containsEntry("rule", "tcp/80")
        .containsEntry("protocol", "tcp")
        .containsEntry("initiator", "client")
        .containsEntry("inner_src_ip", "100.64.0.10")
        .containsEntry("inner_src_port", 4000)
        .containsEntry("inner_dst_ip", "10.0.0.5")
        .containsEntry("inner_dst_port", 80)
        .containsEntry("tx_packets", 3)
        .containsEntry("rx_packets", 2)
        .containsEntry("tx_bytes", 3 * 52)
        .containsEntry("rx_bytes", 2 * 52);
    table.expire(now + 10 * FlowTable.IDLE);
    assertThat(ended).hasSize(1);
  }

  @Test
  void strayPacketsOpenNoConnectionAndDeniedOnesCount() {
    tcp(true, 1, ACK);
    tcp(true, 2, FIN | ACK);
    tcp(false, 3, RST);
    note(Packets.tcp("100.64.0.10", 4, "10.0.9.9", 22), true, Verdict.NO_GRANT, null);
    table.endAll();

    assertThat(ended).hasSize(1);
    assertThat(ended.getFirst().line(now, Instant.EPOCH))
        .contains("\"verdict\":\"no-authorization\"", "\"inner_dst_port\":22")
        .doesNotContain("resource\":\"");
  }

  @Test
  void aResetEndsAndANewSynSplits() {
    tcp(true, 5, SYN);
    tcp(false, 5, RST);
    table.expire(now);
    assertThat(ended).hasSize(1);

    tcp(true, 5, SYN);
    tcp(true, 5, SYN);
    tcp(false, 5, SYN | ACK);
    tcp(true, 5, SYN);
    assertThat(ended).hasSize(2);
    assertThat(ended.get(1).sentPackets()).as("a repeated SYN is none").isEqualTo(2);
  }

  @Test
  void silenceEndsAfterTwoMinutes() {
    note(Packets.udp("100.64.0.10", 6, "10.0.0.5", 53), true, Verdict.ALLOWED, web);
    table.expire(now + FlowTable.IDLE - 1);
    assertThat(ended).isEmpty();
    table.expire(now + FlowTable.IDLE);
    assertThat(ended).hasSize(1);
  }

  @Test
  void anotherResourceOrAnotherVerdictIsAnotherFlow() {
    tcp(true, 7, SYN);
    tcp(true, 7, ACK, grant("web", "tcp/80"));
    assertThat(ended).as("the same resource, compiled anew").isEmpty();
    tcp(true, 7, SYN, grant("other", "tcp/80"));
    assertThat(ended).hasSize(1);
    note(Packets.tcp("100.64.0.10", 7, "10.0.0.5", 80), true, Verdict.FILTERED, null);
    table.endAll();
    assertThat(ended).extracting(FlowRecord::verdict).contains(Verdict.FILTERED).hasSize(3);
  }

  @Test
  void aFloodIsBoundedAndCountedAndLeavesRoomForAllowedFlows() {
    for (int i = 0; i < 70_000; i++) {
      var to = "10." + (i >> 14) + "." + (i >> 7 & 127) + "." + (i & 127);
      note(Packets.udp("100.64.0.10", 9, to, 9), true, Verdict.NO_GRANT, null);
    }
    assertThat(table.unrecorded()).isEqualTo(70_000 - FlowTable.MOST_DENIED);
    tcp(true, 8, SYN);
    table.expire(now);
    assertThat(table.size()).isEqualTo(FlowTable.MOST_DENIED + 1);
    table.expire(now + FlowTable.IDLE);
    assertThat(ended).hasSize(FlowTable.MOST_DENIED + 1);
    assertThat(table.size()).isZero();
  }

  @Test
  void nothingIsLostOrCountedTwice() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    Map<String, Long> sent = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      int port = random.nextInt(2_000);
      int remote = random.nextInt(4);
      var verdict = random.nextInt(4) == 0 ? Verdict.FILTERED : Verdict.ALLOWED;
      note(
          Packets.udp("100.64.0.10", port, "10.0.0." + remote, 53),
          true,
          verdict,
          verdict == Verdict.ALLOWED ? web : null);
      sent.merge(port + " 10.0.0." + remote + " " + verdict, 1L, Long::sum);
      now += random.nextInt(100) == 0 ? random.nextInt(20) * SECOND : 1_000_000;
      if (i % 50 == 0) {
        table.expire(now);
      }
    }
    table.endAll();
    Map<String, Long> recorded = new HashMap<>();
    ended.forEach(flow ->
        recorded.merge(
            flow.clientPort() + " " + flow.remote() + " " + flow.verdict(),
            flow.sentPackets(),
            Long::sum));
    assertThat(recorded).isEqualTo(sent);
    assertThat(ended.size()).isGreaterThan(sent.size());
  }
}
