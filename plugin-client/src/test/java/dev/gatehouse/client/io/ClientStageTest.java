package dev.gatehouse.client.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.client.ClientConfig;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestShard;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientStageTest {

  private static final class RecordingTunnel implements Tunnel {
    final List<PeerSettings> peers = new ArrayList<>();

    @Override
    public PublicKey publicKey() {
      return PublicKey.of(new byte[32]);
    }

    @Override
    public Future<Void> putPeer(PeerSettings peer) {
      peers.add(peer);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> removePeer(int handle) {
      return Future.succeededFuture();
    }

    @Override
    public Future<List<PeerStatus>> peers() {
      return Future.succeededFuture(List.of());
    }

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void close() {}
  }

  @TempDir Path directory;

  private final RecordingTunnel tunnel = new RecordingTunnel();
  private TestContext context = new TestContext("client", Path.of("."));

  @BeforeEach
  void makeContext() {
    context = new TestContext("client", directory).with(tunnel);
  }

  @AfterEach
  void nothingLeaks() {
    context.shard().pool().assertAllReturned();
    context.close();
  }

  private ClientStage start(Optional<Path> presharedKeyFile) {
    var stage =
        new ClientStage(
            new ClientConfig(
                PublicKey.of(new byte[32]),
                Endpoint.parse("192.0.2.1:51820"),
                presharedKeyFile,
                List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/16")),
                Optional.of(Duration.ofSeconds(25))),
            context);
    stage.start();
    return stage;
  }

  @Test
  void itRehearsesBesideTheRealPathAndLeavesNothingBehind() {
    var stage = start(Optional.empty());
    var shard = new TestShard(new ManualTime());
    try (var rehearsal = (ClientRehearsal) stage.rehearsal(shard).orElseThrow()) {
      for (int i = 0; i < 32; i++) {
        rehearsal.round();
        shard.run();
      }
      // Six in every round but the two in which all packets are strange.
      assertThat(rehearsal.passed()).isEqualTo(30 * 6);
    }
    shard.run();
    shard.pool().assertAllReturned();
    assertThat(stage.status().get("drops")).isEqualTo(Map.of());
    stage.close();
  }

  /** A batch of bare IP headers. */
  private PacketBatch packets(String source, String... destinations) {
    var batch = context.shard().pool().acquire();
    for (var destination : destinations) {
      var from = IpAddress.parse(source);
      var to = IpAddress.parse(destination);
      int length = to.isV4() ? 20 : 40;
      int offset = batch.reserve(length);
      batch.commit(offset, length);
      Octets.u8(batch.slab(), offset, to.isV4() ? 0x45 : 0x60);
      put(batch, offset + (to.isV4() ? 12 : 8), from.bytes());
      put(batch, offset + (to.isV4() ? 16 : 24), to.bytes());
    }
    return batch;
  }

  private static void put(PacketBatch batch, int offset, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      Octets.u8(batch.slab(), offset + i, bytes[i]);
    }
  }

  @Test
  void makesTheGatewayItsOnePeer() {
    start(Optional.empty());
    assertThat(tunnel.peers).hasSize(1);
    assertThat(tunnel.peers.getFirst().endpoint()).contains(Endpoint.parse("192.0.2.1:51820"));
    assertThat(tunnel.peers.getFirst().persistentKeepalive()).contains(Duration.ofSeconds(25));
  }

  @Test
  void sendsWhatLiesBehindTheGatewayAndDropsTheRest() {
    var stage = start(Optional.empty());
    context.shard().send(Lane.FROM_TUN, packets("100.64.0.2", "10.1.2.3", "192.168.0.1"));
    try (var sent = Objects.requireNonNull(context.shard().take(Lane.TO_TUNNEL))) {
      assertThat(sent.peer(0)).isZero();
      assertThat(sent.length(0)).isEqualTo(20);
      assertThat(sent.length(1)).isZero();
    }
    context.shard().send(Lane.FROM_TUN, packets("fd00::2", "2001:db8::1"));
    assertThat(context.shard().take(Lane.TO_TUNNEL)).isNull();
    assertThat(stage.status()).containsEntry("drops", Map.of("no_peer", 2L));
  }

  @Test
  void takesOnlyWhatComesFromBehindTheGateway() {
    var stage = start(Optional.empty());
    context.shard().send(Lane.FROM_TUNNEL, packets("fd00::1", "fd00::2"));
    try (var received = Objects.requireNonNull(context.shard().take(Lane.TO_TUN))) {
      assertThat(received.length(0)).isEqualTo(40);
    }
    context.shard().send(Lane.FROM_TUNNEL, packets("8.8.8.8", "100.64.0.2"));
    assertThat(context.shard().take(Lane.TO_TUN)).isNull();
    assertThat(stage.status()).containsEntry("drops", Map.of("spoofed_source", 1L));
  }

  @Test
  void refusesAPresharedKeyFileThatOthersCanRead() throws IOException {
    var file = directory.resolve("psk");
    Files.writeString(file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> start(Optional.of(file)))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void takesThePresharedKeyFromItsFile() throws IOException {
    var file = directory.resolve("psk");
    Files.writeString(file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    start(Optional.of(file));
    assertThat(tunnel.peers.getFirst().presharedKey()).isPresent();
  }

  @Test
  void closesWhatTheLanesHoldWhenItStops() {
    var stage = start(Optional.empty());
    stage.stop();
    stage.close();
    assertThat(context.shard().take(Lane.TO_TUNNEL)).isNull();
  }
}
