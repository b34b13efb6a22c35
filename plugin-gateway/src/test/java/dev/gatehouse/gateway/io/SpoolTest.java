package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.Packets;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {

  @TempDir private Path directory;

  private static PolicyConfig spooling() {
    var usual = PolicyConfig.DEFAULTS;
    return new PolicyConfig(
        usual.refresh(),
        usual.partitionBudget(),
        usual.icmpErrorsPerSecond(),
        usual.nameServers(),
        usual.proxyNetworks(),
        true,
        true,
        true,
        4);
  }

  private static List<Path> files(Path root) throws IOException {
    try (var found = Files.walk(root)) {
      return found.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void beginningAndEndOfAnAllowedFlowAreFilesWithChecksums() throws IOException {
    var bench = new Bench(directory, spooling());
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.resource("web", "10.0.0.0/24"));
    bench.authorize("laptop", "web", null);
    bench.started();
    var start = bench.context.time().now();
    bench.fromClient("laptop", Packets.udp("100.64.0.10", 4000, "10.0.0.5", 80));
    bench.fromClient("laptop", Packets.udp("100.64.0.10", 4000, "10.9.0.5", 80));
    bench.fromClient("laptop", Packets.ping("100.64.0.10", "10.0.0.5", 1));
    bench.taken(Lane.TO_TUNNEL, PacketBatch.NO_PEER);
    bench.shard.advance(Duration.ofSeconds(2));
    bench.toClient("laptop", Packets.udp("10.0.0.5", 80, "100.64.0.10", 4000));
    bench.shard.advance(Duration.ofNanos(FlowTable.IDLE).plusSeconds(2));
    bench.close();

    var root = directory.resolve("policy-flows");
    var files = files(root);
    assertThat(files).hasSize(2);
    var folder = root.resolve("responder/laptop~web");
    assertThat(files).allMatch(file -> folder.equals(file.getParent()));
    assertThat(Files.getPosixFilePermissions(folder))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    var end = files.getFirst();
    assertThat(name(end))
        .matches("[0-9]{10}-[0-9a-f]{16}[.]end[.]json")
        .startsWith("%010d-".formatted(start.getEpochSecond()));
    assertThat(name(files.getLast())).isEqualTo(name(end).replace(".end.", ".start."));
    assertThat(Files.getPosixFilePermissions(end))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));

    var text = Files.readString(end);
    var content = new JsonObject(text);
    var payload = content.getJsonObject("payload");
    assertThat(payload.fieldNames())
        .containsExactly(
            "domain",
            "flow_end",
            "flow_start",
            "inner_dst_ip",
            "inner_dst_port",
            "inner_src_ip",
            "inner_src_port",
            "last_packet",
            "outers",
            "protocol",
            "rx_bytes",
            "rx_packets",
            "tx_bytes",
            "tx_packets");
    assertThat(payload.getString("flow_start"))
        .matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z");
    assertThat(payload.getString("inner_src_ip")).isEqualTo("100.64.0.10");
    assertThat(payload.getInteger("inner_dst_port")).isEqualTo(80);
    assertThat(payload.getInteger("tx_packets")).isEqualTo(1);
    assertThat(payload.getInteger("rx_packets")).isEqualTo(1);
    assertThat(payload.getJsonArray("outers")).isEqualTo(new JsonArray());
    var checksum = new CRC32();
    var covered = text.substring(text.indexOf("\"payload\":") + 10, text.length() - 1);
    checksum.update(covered.getBytes(StandardCharsets.UTF_8));
    assertThat(content.getLong("checksum")).isEqualTo(checksum.getValue());
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  @Test
  void oldestFilesGoWhenThereAreTooManyBytes() throws IOException {
    var root = directory.resolve("s");
    try (var spool = new Spool(root, 10 * 4096)) {
      for (int i = 0; i < 8; i++) {
        spool.write(List.of("a/" + i + " content"));
      }
    }
    try (var spool = new Spool(root, 10 * 4096)) {
      for (int i = 8; i < 25; i++) {
        spool.write(List.of("b/" + i + " content", "{\"event\":\"records-lost\"}"));
      }
    }
    assertThat(files(root)).hasSize(10).allMatch(file -> file.startsWith(root.resolve("b")));
  }

  @Test
  void filesThatOthersTookAwayDoNotDisturb() throws IOException {
    try (var spool = new Spool(directory.resolve("s"), 3 * 4096)) {
      for (int i = 0; i < 9; i++) {
        spool.write(List.of("a/" + i + " content"));
        Files.delete(directory.resolve("s/a/" + i));
      }
    }
    assertThat(files(directory.resolve("s"))).isEmpty();
  }
}
