package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.core.UdpPath;
import dev.gatehouse.testkit.TestContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class UdpTransportTest {

  @TempDir Path directory;

  private static UdpConfig config(boolean offload, String... listen) {
    return new UdpConfig(
        List.of(listen).stream().map(Endpoint::parse).toList(),
        false,
        UdpConfig.DEFAULT_BUFFER,
        UdpConfig.DEFAULT_BUFFER,
        offload);
  }

  /** A started transport whose event loop is the test. */
  private static final class Station implements AutoCloseable {
    final TestContext context;
    final UdpTransport transport;

    Station(Path directory, UdpConfig config) {
      context = new TestContext("udp", directory);
      transport = new UdpTransport(config, context);
      transport.start();
    }

    Endpoint at(int index) {
      return transport.listening().get(index);
    }

    PacketBatch receive() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (true) {
        var batch = attempt();
        if (batch != null) {
          return batch;
        }
        if (System.nanoTime() - end > 0) {
          throw new AssertionError("nothing came");
        }
        Thread.onSpinWait();
      }
    }

    @Nullable PacketBatch attempt() {
      for (int descriptor : transport.descriptors()) {
        context.shard().pump(descriptor);
      }
      return context.shard().take(Lane.FROM_NETWORK);
    }

    PacketBatch acquire() {
      return context.shard().pool().acquire();
    }

    void send(PacketBatch batch) {
      context.shard().send(Lane.TO_NETWORK, batch);
    }

    Map<String, Object> status() {
      return transport.status();
    }

    @Override
    public void close() {
      transport.close();
      context.shard().pool().assertAllReturned();
      context.close();
    }
  }

  private static ByteBuffer message(int length, int number) {
    var buffer = ByteBuffer.allocate(length);
    buffer.put(0, (byte) 4);
    if (length >= 8) {
      buffer.putInt(4, number);
    }
    return buffer;
  }

  private static DatagramChannel client(String address) throws IOException {
    boolean v4 = address.indexOf(':') < 0;
    return DatagramChannel.open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)
        .bind(new InetSocketAddress(address, 0));
  }

  private static Endpoint local(DatagramChannel channel) throws IOException {
    var address = (InetSocketAddress) channel.getLocalAddress();
    return new Endpoint(IpAddress.of(address.getAddress().getAddress()), address.getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void datagramComesWithItsPathAndEcnAndIsAnsweredAlongIt(String loopback) throws IOException {
    boolean v4 = loopback.indexOf(':') < 0;
    try (var station = new Station(directory, config(true, v4 ? "0.0.0.0:0" : "[::]:0"));
        var client = client(loopback)) {
      var here = new InetSocketAddress(loopback, station.at(0).port());
      client.setOption(StandardSocketOptions.IP_TOS, 2);
      client.send(message(32, 77), here);
      var batch = station.receive();
      assertThat(batch.size()).isEqualTo(1);
      assertThat(batch.length(0)).isEqualTo(32);
      assertThat(batch.segmentSize(0)).isZero();
      assertThat(Octets.u32(batch.slab(), batch.offset(0) + 4)).isEqualTo(77);
      assertThat(batch.ecn(0)).isEqualTo(2);
      assertThat(batch.offset(0)).isGreaterThanOrEqualTo(PacketBatch.HEADROOM);
      var path = (UdpPath) Objects.requireNonNull(batch.path(0));
      assertThat(path.remote()).isEqualTo(local(client));
      assertThat(path.local()).isEqualTo(IpAddress.parse(loopback));
      assertThat(path.interfaceIndex()).isEqualTo(1);

      batch.ecn(0, 1);
      station.send(batch);
      var answer = ByteBuffer.allocate(100);
      assertThat(client.receive(answer)).isEqualTo(here);
      assertThat(answer.position()).isEqualTo(32);
      assertThat(station.status())
          .containsEntry("datagrams-in", 1L)
          .containsEntry("bytes-in", 32L)
          .containsEntry("datagrams-out", 1L)
          .containsEntry("bytes-out", 32L)
          .containsEntry("drops", Map.of());
    }
  }

  @Test
  void answerComesFromTheAddressThatWasAddressed() throws IOException {
    try (var station = new Station(directory, config(true, "0.0.0.0:0"));
        var client = client("127.0.0.1")) {
      for (var address : List.of("127.0.0.2", "127.0.0.1", "127.1.2.3")) {
        var there = new InetSocketAddress(address, station.at(0).port());
        client.send(message(32, 1), there);
        station.send(station.receive());
        assertThat(client.receive(ByteBuffer.allocate(100))).isEqualTo(there);
      }
    }
  }

  @Test
  void firstDatagramGoesByThePathThatWasAskedFor() throws IOException {
    try (var station = new Station(directory, config(true, "0.0.0.0:0", "[::]:0"));
        var four = client("127.0.0.1");
        var six = client("::1")) {
      for (var client : List.of(four, six)) {
        var batch = station.acquire();
        int at = batch.reserve(40);
        int index = batch.commit(at, 40);
        batch.path(index, station.transport.pathTo(local(client)));
        station.send(batch);
        var buffer = ByteBuffer.allocate(100);
        var from = (InetSocketAddress) client.receive(buffer);
        assertThat(buffer.position()).isEqualTo(40);
        assertThat(from.getPort()).isEqualTo(station.at(client.equals(four) ? 0 : 1).port());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:0", "[::1]:0"})
  void trainArrivesAsATrain(String listen) {
    try (var from = new Station(directory, config(true, listen));
        var to = new Station(directory, config(true, listen))) {
      assumeTrue(Boolean.TRUE.equals(from.status().get("gso")), "the kernel cuts no trains");
      assumeTrue(Boolean.TRUE.equals(to.status().get("gro")), "the kernel joins no trains");
      from.send(train(from, to.at(0), 44, 1452, 700, 2));
      var batch = to.receive();
      assertThat(batch.size()).isEqualTo(1);
      assertThat(batch.length(0)).isEqualTo(43 * 1452 + 700);
      assertThat(batch.segmentSize(0)).isEqualTo(1452);
      assertThat(batch.packets(0)).isEqualTo(44);
      assertThat(batch.ecn(0)).isEqualTo(2);
      for (int i = 0; i < 44; i++) {
        assertThat(Octets.u32(batch.slab(), batch.offset(0) + i * 1452L + 4)).isEqualTo(i);
      }
      batch.close();
      assertThat(from.status()).containsEntry("writes", 1L).containsEntry("datagrams-out", 44L);
      assertThat(to.status()).containsEntry("reads", 1L).containsEntry("datagrams-in", 44L);
    }
  }

  @Test
  void withoutOffloadTheSameTrainArrivesDatagramByDatagram() {
    try (var from = new Station(directory, config(false, "127.0.0.1:0"));
        var to = new Station(directory, config(false, "127.0.0.1:0"))) {
      assertThat(from.status()).containsEntry("gso", false).containsEntry("gro", false);
      from.send(train(from, to.at(0), 44, 1452, 700, 0));
      int seen = 0;
      while (seen < 44) {
        try (var batch = to.receive()) {
          for (int i = 0; i < batch.size(); i++) {
            assertThat(batch.segmentSize(i)).isZero();
            assertThat(batch.length(i)).isEqualTo(seen == 43 ? 700 : 1452);
            assertThat(Octets.u32(batch.slab(), batch.offset(i) + 4)).isEqualTo(seen++);
          }
        }
      }
      assertThat(from.status()).containsEntry("writes", 44L);
    }
  }

  private static PacketBatch train(
      Station from, Endpoint to, int count, int size, int last, int ecn) {
    var batch = from.acquire();
    int length = (count - 1) * size + last;
    int at = batch.reserve(length);
    for (int i = 0; i < count; i++) {
      Octets.u32le(batch.slab(), at + (long) i * size, 4);
      Octets.u32(batch.slab(), at + (long) i * size + 4, i);
    }
    int index = batch.commit(at, length);
    batch.segmentSize(index, count > 1 ? size : 0);
    batch.ecn(index, ecn);
    batch.path(index, from.transport.pathTo(to));
    return batch;
  }

  @Test
  void whatIsNoTunnelMessageIsCountedAndGoesNoFurther() throws IOException {
    try (var station = new Station(directory, config(true, "127.0.0.1:0"));
        var client = client("127.0.0.1")) {
      var here = station.at(0).toSocketAddress();
      client.send(ByteBuffer.allocate(0), here);
      client.send(ByteBuffer.wrap(new byte[] {1}), here);
      client.send(message(31, 0), here);
      client.send(ByteBuffer.allocate(1000), here);
      client.send(message(32, 5), here);
      var batch = station.receive();
      assertThat(batch.size()).isEqualTo(1);
      assertThat(Octets.u32(batch.slab(), batch.offset(0) + 4)).isEqualTo(5);
      batch.close();
      assertThat(station.status()).containsEntry("drops", Map.of("malformed", 4L));
    }
  }

  @Test
  void withoutRoomDatagramsWaitInTheKernel() throws IOException {
    try (var station = new Station(directory, config(true, "127.0.0.1:0"));
        var client = client("127.0.0.1")) {
      station.context.shard().capacity(Lane.FROM_NETWORK, 0);
      client.send(message(32, 5), station.at(0).toSocketAddress());
      for (int i = 0; i < 50; i++) {
        assertThat(station.attempt()).isNull();
      }
      station.context.shard().capacity(Lane.FROM_NETWORK, 4);
      station.receive().close();
      assertThat(station.status()).containsEntry("waits", 50L).containsEntry("drops", Map.of());
    }
  }

  @Test
  void portInUseIsToldInASentence() {
    try (var first = new Station(directory, config(true, "127.0.0.1:0"))) {
      int port = first.at(0).port();
      var context = new TestContext("udp", directory);
      var second = new UdpTransport(config(true, "127.0.0.1:0", "127.0.0.1:" + port), context);
      assertThatThrownBy(second::start)
          .isInstanceOfSatisfying(
              GatehouseException.class,
              e -> assertThat(e.code()).isEqualTo(StandardErrorCode.ADDRESS_IN_USE))
          .hasMessage(
              "UDP port "
                  + port
                  + " is in use by another program. Stop it or set listen in [transport] to another"
                  + " port.");
      second.close();
    }
  }

  @Test
  void foreignAddressIsToldInASentence() {
    var transport =
        new UdpTransport(config(true, "192.0.2.77:0"), new TestContext("udp", directory));
    assertThatThrownBy(transport::start)
        .isInstanceOf(GatehouseException.class)
        .hasMessageStartingWith("The address 192.0.2.77 is not one of this machine. Set listen");
    transport.close();
  }

  @Test
  void missingIpv6IsNoFaultWithTheDefaultsOnly() {
    // An address that is not there stands in for an address family that is not there.
    var listen = List.of(Endpoint.parse("127.0.0.1:0"), Endpoint.parse("[2001:db8::77]:0"));
    int buffer = UdpConfig.DEFAULT_BUFFER;
    try (var station = new Station(directory, new UdpConfig(listen, true, buffer, buffer, true))) {
      assertThat(station.transport.listening()).hasSize(1);
      var path = (UdpPath) station.transport.pathTo(Endpoint.parse("[2001:db8::1]:9"));
      assertThat(path.socket()).isEqualTo(-1);
    }
    var strict =
        new UdpTransport(
            new UdpConfig(listen, false, buffer, buffer, true), new TestContext("udp", directory));
    assertThatThrownBy(strict::start).hasMessageContaining("2001:db8::77");
    strict.close();
  }

  @Test
  void bothFamiliesShareAPort() {
    try (var first = new Station(directory, config(true, "0.0.0.0:0"))) {
      int port = first.at(0).port();
      try (var second = new Station(directory, config(true, "[::]:" + port))) {
        assertThat(second.at(0).port()).isEqualTo(port);
      }
    }
  }

  @Test
  void aThousandOpeningsLeaveNoDescriptorBehind() throws IOException {
    var context = new TestContext("udp", directory);
    openAndClose(context);
    long before = descriptors();
    for (int i = 0; i < 1000; i++) {
      openAndClose(context);
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before + 8);
  }

  private static void openAndClose(TestContext context) {
    var transport = new UdpTransport(config(true, "127.0.0.1:0", "[::1]:0"), context);
    transport.start();
    transport.stop();
    transport.close();
    transport.close();
  }

  private static long descriptors() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
