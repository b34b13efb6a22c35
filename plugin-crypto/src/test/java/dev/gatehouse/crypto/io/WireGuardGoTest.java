package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.crypto.core.ControlMessage;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.crypto.core.FakePath;
import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.crypto.core.Packets;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.crypto.core.Timing;
import dev.gatehouse.crypto.core.TunnelCore;
import dev.gatehouse.crypto.core.TunnelListener;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The core against the real wireguard-go over UDP on loopback, in both roles. wireguard-go's device
 * is moved into a namespace of its own; the test answers what is echoed through the tunnel.
 */
@Tag("kernel")
@Timeout(300)
class WireGuardGoTest {

  private final String name = "ghc" + ProcessHandle.current().pid() % 100_000;
  private final SecureRandom random = new SecureRandom();
  private @Nullable Process daemon;

  @BeforeEach
  void startWireGuardGo() throws Exception {
    assumeTrue(Files.isWritable(java.nio.file.Path.of("/dev/net/tun")), "needs /dev/net/tun");
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(found("wireguard-go") && found("wg") && found("ip"), "needs wireguard-go and wg");
    run("ip", "netns", "add", name);
    var builder = new ProcessBuilder("wireguard-go", "-f", name);
    builder.environment().put("WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD", "1");
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    daemon = builder.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(java.nio.file.Path.of("/var/run/wireguard/" + name + ".sock"))) {
      assertThat(System.nanoTime()).as("wireguard-go came up").isLessThan(deadline);
      Thread.onSpinWait();
    }
    run("ip", "link", "set", name, "netns", name);
    inNamespace("ip", "addr", "add", "10.9.0.2/24", "dev", name);
    inNamespace("ip", "-6", "addr", "add", "fd09::2/64", "dev", name, "nodad");
    inNamespace("ip", "link", "set", name, "up", "mtu", "1420");
  }

  @AfterEach
  void stopWireGuardGo() throws Exception {
    if (daemon != null) {
      daemon.destroy();
      daemon.waitFor(5, TimeUnit.SECONDS);
      run("ip", "netns", "del", name);
    }
  }

  @Test
  void wireGuardGoCallsAndItsEchoesComeBack() throws Exception {
    try (var gateway = new Gateway("127.0.0.1", null)) {
      configure(gateway, null, true);
      gateway.knowsClient(null);
      answersSoon();
      assertThat(inNamespace("ping", "-c", "5", "-i", "0.01", "-W", "20", "10.9.0.1"))
          .doesNotContain(" 0 received");
      assertThat(inNamespace("ping", "-6", "-c", "3", "-i", "0.01", "-s", "1372", "fd09::1"))
          .doesNotContain(" 0 received");
      assertThat(gateway.news).containsExactly("connected 1");
      assertThat(gateway.drops.total()).isZero();
    }
  }

  @Test
  void presharedKeysAndIpv6OutsideWork() throws Exception {
    try (var gateway = new Gateway("::1", key())) {
      configure(gateway, gateway.psk, true);
      gateway.knowsClient(null);
      answersSoon();
      assertThat(inNamespace("ping", "-c", "3", "-i", "0.01", "-W", "20", "10.9.0.1"))
          .doesNotContain(" 0 received");
      assertThat(gateway.drops.total()).isZero();
    }
  }

  @Test
  void aWrongPresharedKeyNeverConnects() throws Exception {
    try (var gateway = new Gateway("127.0.0.1", key())) {
      configure(gateway, null, true);
      gateway.knowsClient(null);
      assertThat(inNamespace("ping", "-c", "1", "-W", "2", "10.9.0.1"))
          .contains("100% packet loss");
      assertThat(gateway.news).isEmpty();
    }
  }

  @Test
  void weCallAndWireGuardGoAnswers() throws Exception {
    try (var gateway = new Gateway("127.0.0.1", key())) {
      configure(gateway, gateway.psk, false);
      int port = Integer.parseInt(inHost("wg", "show", name, "listen-port").strip());
      gateway.knowsClient(FakePath.to("127.0.0.1:" + port));
      gateway.await(() -> gateway.news.contains("connected 1"));
      assertThat(inNamespace("ping", "-c", "3", "-i", "0.01", "-W", "20", "10.9.0.1"))
          .doesNotContain(" 0 received");
      assertThat(gateway.drops.total()).isZero();
    }
  }

  @Test
  void wireGuardGoDropsControlMessagesAndGoesOn() throws Exception {
    try (var gateway = new Gateway("127.0.0.1", null)) {
      configure(gateway, null, true);
      gateway.knowsClient(null);
      answersSoon();
      gateway.sendsControl();
      assertThat(inNamespace("ping", "-c", "3", "-i", "0.01", "-W", "20", "10.9.0.1"))
          .contains(" 0% packet loss");
      assertThat(gateway.news).containsExactly("connected 1");
    }
  }

  @Test
  void aRestartedGatewayIsFoundAgain() throws Exception {
    var identity = key();
    try (var gateway = new Gateway("127.0.0.1", null, identity, 0)) {
      configure(gateway, null, true);
      gateway.knowsClient(null);
      answersSoon();
      int port = gateway.port();
      gateway.stop();
      try (var again = new Gateway("127.0.0.1", null, identity, port)) {
        again.knowsClient(null);
        answersSoon();
        assertThat(again.news).containsExactly("connected 1");
      }
    }
  }

  /** A first echo comes back, at the latest when wireguard-go has tried a few times. */
  private void answersSoon() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!inNamespace("ping", "-c", "1", "-W", "1", "10.9.0.1").contains(" 0% packet loss")) {
      assertThat(System.nanoTime()).as("echoes come back").isLessThan(deadline);
    }
  }

  private void configure(Gateway gateway, @Nullable SecretKey psk, boolean calls) throws Exception {
    var lines = new ArrayList<>(List.of("[Interface]", "PrivateKey = " + text(clientKey)));
    lines.addAll(List.of("[Peer]", "PublicKey = " + gateway.publicKey()));
    lines.add("AllowedIPs = 10.9.0.1/32, fd09::1/128");
    if (calls) {
      lines.add("Endpoint = " + gateway.endpoint());
    }
    if (psk != null) {
      lines.add("PresharedKey = " + text(psk));
    }
    var file = Files.createTempFile("gatehouse", ".conf");
    try {
      Files.writeString(file, String.join("\n", lines) + "\n");
      inHost("wg", "setconf", name, file.toString());
    } finally {
      Files.delete(file);
    }
  }

  private final SecretKey clientKey = key();

  private SecretKey key() {
    return SecretKey.of(Curve25519.generatePrivateKey(random));
  }

  private static String text(SecretKey key) {
    return new String(key.toBase64(), StandardCharsets.US_ASCII);
  }

  private String inNamespace(String... command) throws Exception {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", name));
    all.addAll(List.of(command));
    return inHost(all.toArray(String[]::new));
  }

  private static String inHost(String... command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  private static void run(String... command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + text).isZero();
  }

  private static boolean found(String command) {
    for (var directory : List.of("/usr/bin", "/usr/sbin", "/sbin", "/bin", "/usr/local/bin")) {
      if (Files.isExecutable(java.nio.file.Path.of(directory, command))) {
        return true;
      }
    }
    return false;
  }

  /** A core on a UDP socket with a thread, which answers echoes from the tunnel. */
  private final class Gateway implements AutoCloseable, TunnelListener {

    final List<String> news = new CopyOnWriteArrayList<>();
    final DropCounters drops = new DropCounters();
    final @Nullable SecretKey psk;
    private final Identity identity;
    private final SlabPool pool = new SlabPool(16, SlabPool.DEFAULT_SLAB_BYTES);
    private final DatagramChannel channel;
    private final Selector selector;
    private final TunnelCore core;
    private final String host;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    Gateway(String host, @Nullable SecretKey psk) throws IOException {
      this(host, psk, key(), 0);
    }

    Gateway(String host, @Nullable SecretKey psk, SecretKey key, int port) throws IOException {
      this.host = host;
      this.psk = psk;
      var bytes = new byte[32];
      key.copyTo(bytes, 0);
      identity = new Identity(bytes);
      channel = DatagramChannel.open();
      channel.bind(new InetSocketAddress(host, port)).configureBlocking(false);
      selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      core =
          new TunnelCore(
              new TunnelCore.Settings(
                  identity, TestEngines.fastest(), 1420, Long.MAX_VALUE / 4, 1000, 0, 1),
              new TunnelCore.Surroundings(
                  random,
                  () -> Tai64n.of(Instant.now()),
                  pool,
                  lane(this::toNetwork),
                  lane(this::fromTunnel),
                  drops,
                  this));
      thread = Thread.ofPlatform().name("gateway").start(this::loop);
    }

    PublicKey publicKey() {
      return PublicKey.of(identity.publicKey());
    }

    int port() throws IOException {
      return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    String endpoint() throws IOException {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    void knowsClient(@Nullable Path path) {
      var bytes = new byte[32];
      clientKey.copyTo(bytes, 0);
      var key = PublicKey.of(Curve25519.publicKey(bytes));
      long keepalive = path == null ? 0 : TimeUnit.SECONDS.toNanos(25);
      var done = new CompletableFuture<Boolean>();
      tasks.add(() -> {
        core.putPeer(
            new TunnelCore.PeerSpec(
                1, key, Optional.ofNullable(psk), path, keepalive, Timing.STANDARD),
            now());
        done.complete(true);
      });
      selector.wakeup();
      assertThat(done.join()).isTrue();
    }

    /** Sends what only another Gatehouse understands. */
    void sendsControl() {
      var done = new CompletableFuture<Boolean>();
      tasks.add(() -> {
        var body = new byte[ControlMessage.NUMBER_BYTES + ControlMessage.KEY_BYTES];
        core.sendControl(1, ControlMessage.KEY, body, now());
        done.complete(true);
      });
      selector.wakeup();
      assertThat(done.join()).isTrue();
    }

    void await(java.util.function.BooleanSupplier condition) {
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!condition.getAsBoolean()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.onSpinWait();
      }
    }

    private final long origin = System.nanoTime();

    private long now() {
      return System.nanoTime() - origin;
    }

    private static PacketLane lane(java.util.function.Consumer<PacketBatch> consumer) {
      return new PacketLane() {
        @Override
        public boolean offer(PacketBatch batch) {
          consumer.accept(batch);
          batch.close();
          return true;
        }

        @Override
        public int credits() {
          return 1;
        }
      };
    }

    private void loop() {
      try {
        while (!stopped) {
          for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
          }
          core.tick(now());
          long wait = Math.min(1000, (core.nextDeadline() - now()) / 1_000_000);
          selector.select(Math.max(1, wait));
          selector.selectedKeys().clear();
          receive();
        }
        core.close();
        channel.close();
        selector.close();
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
    }

    private void receive() throws IOException {
      var buffer = ByteBuffer.allocate(65536);
      for (var from = channel.receive(buffer); from != null; from = channel.receive(buffer)) {
        var source = (InetSocketAddress) from;
        var batch = Objects.requireNonNull(pool.tryAcquire());
        int at = batch.reserve(buffer.flip().limit());
        MemorySegment.copy(MemorySegment.ofBuffer(buffer), 0, batch.slab(), at, buffer.remaining());
        batch.path(
            batch.commit(at, buffer.remaining()),
            new FakePath(
                new Endpoint(IpAddress.of(source.getAddress().getAddress()), source.getPort())));
        core.fromNetwork(batch, now());
        buffer.clear();
      }
    }

    private void toNetwork(PacketBatch batch) {
      for (int i = 0; i < batch.size(); i++) {
        int step = batch.segmentSize(i) > 0 ? batch.segmentSize(i) : batch.length(i);
        for (int at = 0; at < batch.length(i); at += step) {
          var one =
              batch
                  .slab()
                  .asSlice(batch.offset(i) + at, Math.min(step, batch.length(i) - at))
                  .asByteBuffer();
          try {
            var to = Objects.requireNonNull(batch.path(i)).remote().toSocketAddress();
            channel.send(one, to);
          } catch (IOException e) {
            // lost, as datagrams are
          }
        }
      }
    }

    private void fromTunnel(PacketBatch batch) {
      var answers = Objects.requireNonNull(pool.tryAcquire());
      for (int i = 0; i < batch.size(); i++) {
        if (Packets.answerEcho(batch.slab(), batch.offset(i), batch.length(i))) {
          int at = answers.reserve(batch.length(i));
          MemorySegment.copy(batch.slab(), batch.offset(i), answers.slab(), at, batch.length(i));
          answers.peer(answers.commit(at, batch.length(i)), batch.peer(i));
        }
      }
      core.toTunnel(answers, now());
    }

    @Override
    public void connected(int handle, Path path) {
      news.add("connected " + handle);
    }

    @Override
    public void disconnected(int handle, DisconnectReason reason) {
      news.add("disconnected " + handle);
    }

    @Override
    public void roamed(int handle, Path path) {
      news.add("roamed " + handle);
    }

    void stop() {
      stopped = true;
      selector.wakeup();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      stop();
      assertThat(failure).isNull();
      assertThat(pool.inFlight()).isZero();
    }
  }
}
