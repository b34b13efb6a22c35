package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.PeerTiming;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.TunnelConfig;
import dev.gatehouse.crypto.core.FakePath;
import dev.gatehouse.crypto.core.Packets;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestShard;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class WireGuardTunnelTest {

  private static final TunnelConfig CONFIG =
      new TunnelConfig(
          Optional.empty(),
          Duration.ofSeconds(30),
          AeadChoice.AUTO,
          TunnelConfig.DEFAULT_HANDSHAKES_PER_SECOND,
          false);

  private static final ClientId ALICE = new ClientId("alice");

  /** One gateway with its context. */
  private static final class Side {
    final TestContext context;
    final WireGuardTunnel tunnel;
    final Endpoint endpoint;

    Side(Path directory, String endpoint) throws IOException {
      this(directory, endpoint, CONFIG);
    }

    Side(Path directory, String endpoint, TunnelConfig config) throws IOException {
      this.endpoint = Endpoint.parse(endpoint);
      context =
          new TestContext("wireguard", Files.createDirectories(directory))
              .with(new NoTransport())
              .with(new NoTun())
              .with(new java.util.Random(endpoint.hashCode()));
      tunnel = WireGuardTunnel.create(config, context);
      context.with(tunnel);
    }

    TestShard shard() {
      return context.shard();
    }

    void stop() throws InterruptedException {
      var stopping = Thread.startVirtualThread(() -> stopQuietly(tunnel));
      while (stopping.isAlive()) {
        shard().run();
        stopping.join(Duration.ofMillis(1));
      }
    }

    private static void stopQuietly(WireGuardTunnel tunnel) {
      try {
        tunnel.stop();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private @TempDir Path directory = Path.of("");
  private @Nullable Side client;
  private @Nullable Side gateway;

  @BeforeEach
  void start() throws IOException {
    client = new Side(directory.resolve("client"), "192.0.2.1:1000");
    gateway = new Side(directory.resolve("gateway"), "192.0.2.2:51820");
    client().tunnel.start();
    gateway().tunnel.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (var side : List.of(client(), gateway())) {
      side.stop();
      side.tunnel.close();
      for (var batch = side.shard().take(Lane.TO_NETWORK);
          batch != null;
          batch = side.shard().take(Lane.TO_NETWORK)) {
        batch.close();
      }
      side.shard().pool().assertAllReturned();
      side.context.close();
    }
  }

  private Side client() {
    return Objects.requireNonNull(client);
  }

  private Side gateway() {
    return Objects.requireNonNull(gateway);
  }

  private void introduce() {
    put(client(), gateway(), true);
    put(gateway(), client(), false);
  }

  private static void put(Side on, Side other, boolean mayCall) {
    put(on, other, mayCall, Optional.empty(), PeerTiming.STANDARD);
  }

  private static void put(
      Side on, Side other, boolean mayCall, Optional<SecretKey> psk, PeerTiming timing) {
    var done =
        on.tunnel.putPeer(
            new PeerSettings(
                3,
                ALICE,
                other.tunnel.publicKey(),
                psk,
                mayCall ? Optional.of(other.endpoint) : Optional.empty(),
                Optional.empty(),
                timing));
    on.shard().run();
    assertThat(done.succeeded()).isTrue();
  }

  private static void send(Side from, byte[] packet) {
    var batch = from.shard().pool().acquire();
    int at = batch.reserve(packet.length);
    MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
    batch.peer(batch.commit(at, packet.length), 3);
    from.shard().send(Lane.TO_TUNNEL, batch);
  }

  /** Carries batches between the two until there are none. */
  private void exchange() {
    boolean any = true;
    while (any) {
      any = carry(client(), gateway());
      any |= carry(gateway(), client());
    }
  }

  private static boolean carry(Side from, Side to) {
    boolean any = false;
    for (var batch = from.shard().take(Lane.TO_NETWORK);
        batch != null;
        batch = from.shard().take(Lane.TO_NETWORK)) {
      var copy = to.shard().pool().acquire();
      for (int i = 0; i < batch.size(); i++) {
        int at = copy.reserve(batch.length(i));
        MemorySegment.copy(batch.slab(), batch.offset(i), copy.slab(), at, batch.length(i));
        int index = copy.commit(at, batch.length(i));
        copy.segmentSize(index, batch.segmentSize(i));
        copy.path(index, new FakePath(from.endpoint));
      }
      batch.close();
      to.shard().send(Lane.FROM_NETWORK, copy);
      any = true;
    }
    return any;
  }

  private static byte[] takePacket(Side side) {
    try (PacketBatch batch = Objects.requireNonNull(side.shard().take(Lane.FROM_TUNNEL))) {
      assertThat(batch.peer(0)).isEqualTo(3);
      return batch.slab().asSlice(batch.offset(0), batch.length(0)).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void aPacketCrossesAndBothSidesTellThatTheyAreConnected() {
    introduce();
    var packet = Packets.udp4(new byte[50], 0);
    send(client(), packet);
    exchange();
    assertThat(takePacket(gateway())).isEqualTo(packet);
    var connected = gateway().context.events().published(GatewayEvent.PeerConnected.class);
    assertThat(connected).hasSize(1);
    assertThat(connected.getFirst().client()).isEqualTo(ALICE);
    assertThat(connected.getFirst().remote()).isEqualTo(client().endpoint);
    assertThat(client().context.events().published(GatewayEvent.PeerConnected.class)).hasSize(1);
    assertThat(gateway().tunnel.status())
        .containsEntry("peers", 1)
        .containsEntry("connected", 1)
        .containsEntry("handshakes", 1L)
        .containsEntry("drops", Map.of())
        .containsKey("aead");
  }

  @Test
  void silenceIsToldOnceAndThePeerStays() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    gateway().shard().advance(Duration.ofSeconds(29));
    var events = gateway().context.events();
    assertThat(events.published(GatewayEvent.PeerDisconnected.class)).isEmpty();
    gateway().shard().advance(Duration.ofSeconds(60));
    assertThat(events.published(GatewayEvent.PeerDisconnected.class))
        .extracting(GatewayEvent.PeerDisconnected::reason)
        .containsExactly(DisconnectReason.SILENT);
    assertThat(gateway().tunnel.status()).containsEntry("peers", 1).containsEntry("connected", 0);
    for (var late = gateway().shard().take(Lane.TO_NETWORK);
        late != null;
        late = gateway().shard().take(Lane.TO_NETWORK)) {
      late.close();
    }
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    assertThat(events.published(GatewayEvent.PeerConnected.class)).hasSize(2);
  }

  @Test
  void peersTellsWhatIsKnownOfThem() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    gateway().shard().advance(Duration.ofSeconds(2));
    var asked = gateway().tunnel.peers();
    gateway().shard().run();
    var peer = asked.result().getFirst();
    assertThat(peer.handle()).isEqualTo(3);
    assertThat(peer.client()).isEqualTo(ALICE);
    assertThat(peer.connected()).isTrue();
    assertThat(peer.remote()).contains(client().endpoint);
    assertThat(peer.lastHandshake())
        .contains(gateway().context.time().now().minus(Duration.ofSeconds(2)));
    assertThat(peer.receivedBytes()).isPositive();
  }

  @Test
  void removingAPeerEndsItsConnection() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    var removed = gateway().tunnel.removePeer(3);
    gateway().shard().run();
    assertThat(removed.succeeded()).isTrue();
    assertThat(gateway().context.events().published(GatewayEvent.PeerDisconnected.class))
        .extracting(GatewayEvent.PeerDisconnected::reason)
        .containsExactly(DisconnectReason.REMOVED);
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    assertThat(gateway().tunnel.status()).containsEntry("drops", Map.of("unknown_receiver", 1L));
  }

  @Test
  void aPeerIsReachedAsAdjustedAndItsSessionStays() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    var moved = Endpoint.parse("192.0.2.77:7");
    var key = client().tunnel.publicKey();
    var every = Optional.of(Duration.ofSeconds(7));
    assertThat(adjust(client().tunnel.publicKey(), Optional.of(moved), every)).isTrue();
    assertThat(adjust(gateway().tunnel.publicKey(), Optional.empty(), every)).isFalse();

    put(gateway(), client(), false);
    var peer = onlyPeerOfGateway();
    assertThat(peer.publicKey()).isEqualTo(key);
    assertThat(peer.connected()).isTrue();
    assertThat(peer.remote()).contains(moved);
    assertThat(peer.persistentKeepalive()).as("outlasts a later put").isEqualTo(every);
    gateway().shard().advance(Duration.ofSeconds(22));
    int keepalives = 0;
    for (var sent = gateway().shard().take(Lane.TO_NETWORK);
        sent != null;
        sent = gateway().shard().take(Lane.TO_NETWORK)) {
      keepalives += sent.size();
      sent.close();
    }
    assertThat(keepalives).as("at once, then every 7 s").isEqualTo(4);

    assertThat(adjust(key, Optional.empty(), Optional.of(Duration.ZERO))).isTrue();
    assertThat(onlyPeerOfGateway().persistentKeepalive()).isEmpty();
    assertThat(onlyPeerOfGateway().remote()).contains(moved);
    assertThat(gateway().context.events().published(GatewayEvent.PeerDisconnected.class)).isEmpty();
  }

  @Test
  void anotherPresharedKeyHoldsFromTheNextHandshakeOnWhichBeginsAtOnce() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    gateway().shard().advance(Duration.ofSeconds(6));
    client().shard().advance(Duration.ofSeconds(6));
    exchange();
    var psk = SecretKey.of(key().substring(0, 32).getBytes(StandardCharsets.US_ASCII));
    put(client(), gateway(), true, Optional.of(psk), PeerTiming.STANDARD);
    put(gateway(), client(), false, Optional.of(psk), PeerTiming.STANDARD);
    exchange();
    assertThat(onlyPeerOfGateway().connected()).as("nobody sent a packet").isTrue();
    assertThat(gateway().context.events().published(GatewayEvent.PeerConnected.class)).hasSize(2);
  }

  @Test
  void aPeerHasTheTimesItIsGivenAndKeepsItsSessionWhenTheyChange() {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    var quick =
        new PeerTiming(
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ZERO,
            false);
    put(client(), gateway(), true, Optional.empty(), quick);
    assertThat(client().tunnel.status()).containsEntry("handshakes", 1L);
    for (long handshakes = 1; handshakes < 4; handshakes++) {
      assertThat(client().tunnel.status()).containsEntry("handshakes", handshakes);
      client().shard().advance(Duration.ofMillis(1100));
      gateway().shard().advance(Duration.ofMillis(1100));
      send(client(), Packets.udp4(new byte[50], 0));
      exchange();
      takePacket(gateway());
    }
  }

  @Test
  void theTimesOfTheContractAreThoseOfTheCore() {
    assertThat(TunnelShard.timing(PeerTiming.STANDARD)).isEqualTo(Timing.STANDARD);
    assertThat(TunnelShard.timing(PeerTiming.FIREZONE_ICE)).isEqualTo(Timing.FIREZONE);
  }

  private boolean adjust(PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> every) {
    var asked = gateway().tunnel.adjustPeer(key, endpoint, every);
    gateway().shard().run();
    return asked.result();
  }

  private PeerStatus onlyPeerOfGateway() {
    var asked = gateway().tunnel.peers();
    gateway().shard().run();
    assertThat(asked.result()).hasSize(1);
    return asked.result().getFirst();
  }

  @Test
  void thePrivateKeyIsGivenAsACopy() {
    var first = gateway().tunnel.privateKey().orElseThrow();
    try (var second = gateway().tunnel.privateKey().orElseThrow()) {
      assertThat(second).isEqualTo(first);
      first.close();
      assertThat(second).isNotEqualTo(first);
    }
  }

  @Test
  void stoppingTellsItAndRefusesFurtherCommands() throws InterruptedException {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    exchange();
    takePacket(gateway());
    gateway().stop();
    assertThat(gateway().context.events().published(GatewayEvent.PeerDisconnected.class))
        .extracting(GatewayEvent.PeerDisconnected::reason)
        .containsExactly(DisconnectReason.STOPPING);
    var late = gateway().tunnel.removePeer(3);
    gateway().shard().run();
    assertThat(late.failed()).isTrue();
  }

  @Test
  void aRestartedGatewayRefusesTheInitiationsOfBefore() throws Exception {
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    byte[] initiation;
    try (var batch = Objects.requireNonNull(client().shard().take(Lane.TO_NETWORK))) {
      initiation =
          batch.slab().asSlice(batch.offset(0), batch.length(0)).toArray(ValueLayout.JAVA_BYTE);
    }
    receive(gateway(), initiation);
    assertThat(carry(gateway(), client())).as("answered the first time").isTrue();
    gateway().stop();
    gateway().tunnel.close();
    gateway().context.close();

    gateway = new Side(directory.resolve("gateway"), "192.0.2.2:51820");
    gateway().tunnel.start();
    put(gateway(), client(), false);
    receive(gateway(), initiation);
    assertThat(gateway().tunnel.status()).containsEntry("drops", Map.of("handshake_rejected", 1L));
    assertThat(gateway().shard().take(Lane.TO_NETWORK)).as("an answer").isNull();
  }

  @Test
  void twoGatehousesThatWantItUseAPostQuantumKeyAfterSeconds() throws Exception {
    stop();
    var config =
        new TunnelConfig(Optional.empty(), Duration.ofMinutes(30), AeadChoice.AUTO, 500, true);
    client = new Side(directory.resolve("client"), "192.0.2.1:1000", config);
    gateway = new Side(directory.resolve("gateway"), "192.0.2.2:51820", config);
    client().tunnel.start();
    gateway().tunnel.start();
    introduce();
    send(client(), Packets.udp4(new byte[50], 0));
    long begin = System.nanoTime();
    long deadline = begin + Duration.ofMinutes(2).toNanos();
    long steps = 0;
    while (quantum(gateway(), "sessions-with") == 0) {
      assertThat(System.nanoTime()).as("a post-quantum session").isLessThan(deadline);
      exchange();
      // The computing takes real time, during which sessions must not grow old.
      boolean early = steps * 10_000_000L < 4 * (System.nanoTime() - begin);
      for (var side : List.of(client(), gateway())) {
        side.shard().advance(early ? Duration.ofMillis(10) : Duration.ZERO);
      }
      steps += early ? 1 : 0;
      Thread.onSpinWait();
    }
    exchange();
    assertThat(quantum(client(), "sessions-with")).isEqualTo(1);
    assertThat(quantum(client(), "sessions-without")).as("the first").isEqualTo(1);
    assertThat(quantum(client(), "downgrades")).isZero();
    send(client(), Packets.udp4(new byte[60], 0));
    exchange();
    assertThat(takePacket(gateway())).hasSize(78);
    assertThat(takePacket(gateway())).hasSize(88);
  }

  private static long quantum(Side side, String fact) {
    var facts = (Map<?, ?>) Objects.requireNonNull(side.tunnel.status().get("post-quantum"));
    return (long) Objects.requireNonNull(facts.get(fact));
  }

  private static void receive(Side side, byte[] datagram) {
    var batch = side.shard().pool().acquire();
    int at = batch.reserve(datagram.length);
    MemorySegment.copy(datagram, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, datagram.length);
    batch.path(
        batch.commit(at, datagram.length), new FakePath(Endpoint.parse("203.0.113.66:6666")));
    side.shard().send(Lane.FROM_NETWORK, batch);
  }

  @Test
  void aMissingDefaultKeyIsMadeOnceForItsOwnerOnly() throws IOException {
    var file = directory.resolve("gateway/tunnel.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file)).hasSize(45).endsWith("\n");
    var again = new Side(directory.resolve("gateway"), "192.0.2.2:51820");
    assertThat(again.tunnel.publicKey()).isEqualTo(gateway().tunnel.publicKey());
    again.tunnel.close();
    again.context.close();
    try (var files = Files.list(directory.resolve("gateway"))) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("tunnel.key", "tunnel.stamp");
    }
  }

  @Test
  void aKeyFileThatOthersCanReadIsRefused() throws IOException {
    var file = keyFile(key());
    for (var mode : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertRefused(file, "chmod 600");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    try (var key = KeyFile.read(file)) {
      assertThat(key.toString()).isEqualTo("(secret)");
    }
  }

  @Test
  void aKeyFileWithoutKeyIsRefusedWithoutRepeatingIt() throws IOException {
    for (var text :
        List.of("", "secret-secret", key() + key(), key().substring(1), "x".repeat(9000))) {
      var file = keyFile(text);
      assertRefused(file, "44 characters");
      assertThatThrownBy(() -> KeyFile.read(file)).hasMessageNotContaining("secret-secret");
    }
  }

  @Test
  void aMissingKeyFileIsRefusedWithAWayToMakeOne() {
    assertRefused(directory.resolve("nowhere.key"), "keygen");
    assertRefused(directory, "");
  }

  private void assertRefused(Path file, String fix) {
    assertThatThrownBy(() -> KeyFile.read(file))
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> {
              assertThat(e.code()).isEqualTo(StandardErrorCode.KEY_UNREADABLE);
              assertThat(e.getMessage()).contains(file.toString()).contains(fix);
            });
  }

  private static String key() {
    var bytes = new byte[32];
    bytes[5] = 9;
    return new String(SecretKey.of(bytes).toBase64(), StandardCharsets.US_ASCII);
  }

  private Path keyFile(String text) throws IOException {
    var file = directory.resolve("given.key");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static final class NoTransport implements Transport {
    @Override
    public List<Endpoint> listening() {
      return List.of();
    }

    @Override
    public dev.gatehouse.api.packet.Path pathTo(Endpoint remote) {
      return new FakePath(remote);
    }

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void close() {}
  }

  private static final class NoTun implements TunDevice {
    @Override
    public String name() {
      return "none";
    }

    @Override
    public int mtu() {
      return 1420;
    }

    @Override
    public TunnelAddresses addresses() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Cidr> networks() {
      return List.of();
    }

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void close() {}
  }
}
