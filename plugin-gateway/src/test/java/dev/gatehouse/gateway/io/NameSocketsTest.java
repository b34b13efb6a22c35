package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.DnsMessage;
import dev.gatehouse.gateway.core.DnsMessageTest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The name server's sockets, and the name servers behind it, on loopback addresses of our own. */
class NameSocketsTest {

  private static final long PROCESS = ProcessHandle.current().pid();
  private static final IpAddress GATEWAY = IpAddress.parse("127.77." + PROCESS % 250 + ".1");
  private static final IpAddress CLIENT = IpAddress.parse("127.77." + PROCESS % 250 + ".2");
  private static final int PORT = 53535;

  @TempDir private Path directory;
  private final Vertx vertx = Vertx.vertx();
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory, PolicyConfig.DEFAULTS);
    var model = Bench.client("laptop", 10);
    bench.store.put(
        new Client(
            new ClientId("laptop"),
            "laptop",
            model.publicKey(),
            model.presharedKey(),
            TunnelAddresses.of(List.of(CLIENT))));
    bench.started();
  }

  @AfterEach
  void close() throws Exception {
    bench.close();
    get(vertx.close());
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void answersOverUdpAndTcp() throws Exception {
    try (var sockets = new NameSockets(vertx, bench.stage.nameService())) {
      sockets.open(List.of(GATEWAY));
      assertThat(sockets.listening()).contains(GATEWAY + ":" + PORT);
      var query = DnsMessageTest.query("www.example.org", DnsMessage.A);

      // The double behind it answers with the question itself.
      assertThat(udp(query)).isEqualTo(query);
      try (var socket = new Socket()) {
        socket.bind(new InetSocketAddress(CLIENT.toInetAddress(), 0));
        socket.connect(new InetSocketAddress(GATEWAY.toInetAddress(), PORT), 5000);
        socket.setSoTimeout(5000);
        var framed = ByteBuffer.allocate(query.length + 2).putShort((short) query.length);
        var both = ByteBuffer.allocate(2 * framed.capacity());
        both.put(framed.put(query).array()).put(framed.array());
        socket.getOutputStream().write(both.array(), 0, 5);
        socket.getOutputStream().write(both.array(), 5, both.capacity() - 5);
        var in = new DataInputStream(socket.getInputStream());
        for (int i = 0; i < 2; i++) {
          assertThat(in.readNBytes(in.readUnsignedShort())).isEqualTo(query);
        }
        socket.getOutputStream().write(new byte[] {0, 1, 0});
        assertThat(in.read()).as("closed for nonsense").isEqualTo(-1);
      }
    }
  }

  private static byte[] udp(byte[] query) throws IOException {
    try (var socket = new DatagramSocket(new InetSocketAddress(CLIENT.toInetAddress(), 0))) {
      socket.setSoTimeout(5000);
      var gateway = new InetSocketAddress(GATEWAY.toInetAddress(), PORT);
      socket.send(new DatagramPacket(query, query.length, gateway));
      var answer = new DatagramPacket(new byte[2048], 2048);
      socket.receive(answer);
      return Arrays.copyOf(answer.getData(), answer.getLength());
    }
  }

  /** A server on a port of its own that knows one name, and how many questions it got. */
  private Endpoint server() throws Exception {
    var socket = vertx.createDatagramSocket();
    socket.handler(packet -> {
      var message = DnsMessage.query(packet.data().getBytes()).orElseThrow();
      var answer =
          !message.name().equals("git.acme.internal")
              ? message.answer(DnsMessage.NO_SUCH_NAME)
              : message.type() == DnsMessage.A
                  ? message.addresses(List.of(IpAddress.parse("10.20.0.5")))
                  : message.addresses(List.of());
      socket.send(Buffer.buffer(answer), packet.sender().port(), packet.sender().host());
    });
    get(socket.listen(0, GATEWAY.toString()));
    return new Endpoint(GATEWAY, socket.localAddress().port());
  }

  @Test
  void asksTheServersBehindItAndTheNextOneIfOneIsDead() throws Exception {
    var dead = new Endpoint(GATEWAY, 9);
    for (var servers : List.of(List.of(server()), List.of(dead, server()))) {
      try (var upstream = new VertxUpstream(vertx, () -> servers, new Random(1))) {
        assertThat(get(upstream.resolve("git.acme.internal")))
            .containsExactly(IpAddress.parse("10.20.0.5"));
        assertThat(get(upstream.resolve("none.acme.internal"))).isEmpty();
        var query = DnsMessageTest.query("git.acme.internal", DnsMessage.A);
        var answer = get(upstream.forward(query, false));
        assertThat(Arrays.copyOf(answer, 2)).isEqualTo(Arrays.copyOf(query, 2));
        assertThat(answer[7]).as("answers").isEqualTo((byte) 1);
      }
    }
  }

  @Test
  void withoutAnyServerTheAnswerIsAFailure() {
    try (var upstream = new VertxUpstream(vertx, List::of, new Random(1))) {
      assertThatThrownBy(() -> get(upstream.resolve("git.acme.internal")))
          .hasMessageContaining("no name server");
    }
  }

  @Test
  void readsTheServersOfTheMachine() throws IOException {
    var file =
        java.nio.file.Files.writeString(
            directory.resolve("resolv.conf"),
            "# comment\nsearch example.com\nnameserver 10.0.0.1\n nameserver  fd00::1 \nnameserver fe80::1%eth0\nnameserver\n");
    assertThat(NameServers.read(file)).hasToString("[10.0.0.1:53, [fd00::1]:53]");
    assertThat(NameServers.read(directory.resolve("none"))).isEmpty();
  }
}
