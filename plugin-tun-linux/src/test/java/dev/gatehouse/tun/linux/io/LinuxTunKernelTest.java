package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.tun.linux.LinuxTunConfig;
import dev.gatehouse.tun.linux.core.Errno;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The device against the real kernel, each test in a network namespace of its own. */
@Tag("kernel")
@Timeout(300)
class LinuxTunKernelTest {

  private static final String V4 = "10.77.0.1/24";
  private static final String V6 = "fd77::1/64";

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

  private void collect(PacketBatch batch) {
    try (batch) {
      for (int i = 0; i < batch.size(); i++) {
        received.add(Packets.bytes(batch, i));
      }
    }
  }

  private byte[] await(Predicate<byte[]> wanted) throws InterruptedException {
    for (byte[] each = next(); ; each = next()) {
      if (wanted.test(each)) {
        return each;
      }
    }
  }

  private byte[] next() throws InterruptedException {
    var each = received.poll(60, TimeUnit.SECONDS);
    assertThat(each).as("a packet from the kernel").isNotNull();
    return each;
  }

  private static Predicate<byte[]> protocol(int version, int protocol) {
    return packet -> packet[0] >>> 4 == version && packet[version == 4 ? 9 : 6] == (byte) protocol;
  }

  private static void send(Device device, byte[]... packets) {
    device.shard.execute(() -> {
      var batch = device.shard.pool().acquire();
      for (var packet : packets) {
        Packets.add(batch, packet);
      }
      assertThat(device.shard.lane(Lane.TO_TUN).offer(batch)).isTrue();
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void kernelAnswersAnEchoRequestWrittenToTheDevice(boolean offload) throws Exception {
    Namespace.run(() -> {
      try (var device = Device.open(Device.config("ght0", offload, V4, V6), this::collect)) {
        var payload = "echo".repeat(20).getBytes(StandardCharsets.UTF_8);
        send(
            device,
            Packets.echoRequest("10.77.0.9", "10.77.0.1", 7, payload),
            Packets.echoRequest("fd77::9", "fd77::1", 7, payload));
        var v4 = await(protocol(4, 1));
        assertThat(v4[20]).isZero();
        assertThat(Packets.payload(v4)).isEqualTo(payload);
        assertThat(Packets.checksumsHold(v4)).isTrue();
        var v6 = await(packet -> protocol(6, 58).test(packet) && packet[40] == (byte) 129);
        assertThat(Packets.payload(v6)).isEqualTo(payload);
        assertThat(Packets.checksumsHold(v6)).isTrue();
      }
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void datagramsCrossInBothDirectionsWithGoodChecksums(boolean offload) throws Exception {
    Namespace.run(() -> {
      try (var device = Device.open(Device.config("ght0", offload, V4, V6), this::collect);
          var socket = new DatagramSocket(0)) {
        socket.setSoTimeout(60_000);
        for (var addresses : Map.of("10.77.0.9", "10.77.0.1", "fd77::9", "fd77::1").entrySet()) {
          var peer = addresses.getKey();
          var question = ("to " + peer).getBytes(StandardCharsets.UTF_8);
          socket.send(
              new DatagramPacket(question, question.length, new InetSocketAddress(peer, 4242)));
          var packet = await(each -> Arrays.equals(Packets.payload(each), question));
          assertThat(Packets.checksumsHold(packet)).isTrue();
          var answer = ("from " + peer).getBytes(StandardCharsets.UTF_8);
          send(
              device, Packets.udp(peer, 4242, addresses.getValue(), socket.getLocalPort(), answer));
          var into = new DatagramPacket(new byte[100], 100);
          socket.receive(into);
          assertThat(Arrays.copyOf(into.getData(), into.getLength())).isEqualTo(answer);
          assertThat(into.getAddress()).isEqualTo(InetAddress.ofLiteral(peer));
        }
        // The host has the last datagram a moment before the device has counted it.
        Await.until(
            "both datagrams to be counted",
            Duration.ofSeconds(60),
            () -> Long.valueOf(2).equals(device.tun.status().get("packets-written")));
        assertThat(device.tun.status())
            .containsEntry("interface", "ght0")
            .containsEntry("mtu", 1420)
            .containsEntry("drops", Map.of());
        assertThat(device.tun.health().isOk()).isTrue();
      }
    });
  }

  @Test
  void interfaceIsGoneOnceClosed() throws Exception {
    Namespace.run(() -> {
      try (var device = Device.open(Device.config("ght0", true, V4, V6), this::collect)) {
        var link = Namespace.link("ght0").link();
        assertThat(link.up()).isTrue();
        assertThat(link.mtu()).isEqualTo(1420);
        // The JDK looks at the namespace of the process for IPv6, not at the thread's.
        assertThat(Files.readString(Path.of("/proc/thread-self/net/if_inet6")))
            .contains("fd770000000000000000000000000001")
            .doesNotContain("fe80");
        assertThat(device.tun.networks()).hasToString("[10.77.0.0/24, fd77::/64]");
      }
      assertThat(Namespace.link("ght0").errno()).isEqualTo(Errno.ENODEV);
    });
  }

  private static long descriptors() throws Exception {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  @Test
  void closeWithoutStopAndAfterAFailedStartReleasesEverything() throws Exception {
    Namespace.run(() -> {
      try (var shard = new PollShard(0, 4)) {
        var context = Device.context(List.of(shard));
        var first = new LinuxTun(Device.config("ght0", true, V4), context);
        first.start();
        long before = descriptors();
        var second = new LinuxTun(Device.config("ght0", true, V4), context);
        assertThatThrownBy(second::start)
            .isInstanceOf(GatehouseException.class)
            .hasMessageContaining("ght0 is in use by another process")
            .hasMessageContaining("[tun] name");
        second.close();
        assertThat(descriptors()).isEqualTo(before);
        first.close();
        assertThat(Namespace.link("ght0").errno()).isEqualTo(Errno.ENODEV);
      }
    });
  }

  @Test
  void anInterfaceOfAnotherKindIsNotTaken() throws Exception {
    Namespace.run(() ->
        assertThatThrownBy(() -> Device.open(Device.config("lo", true, V4), this::collect))
            .isInstanceOf(GatehouseException.class)
            .hasMessageContaining("Choose another name"));
  }

  @Test
  void twoDevicesWorkSideBySide() throws Exception {
    Namespace.run(() -> {
      try (var first = Device.open(Device.config("ght0", true, V4), this::collect);
          var second = Device.open(Device.config("ght1", false, "10.78.0.1/24"), this::collect)) {
        send(first, Packets.echoRequest("10.77.0.9", "10.77.0.1", 1, new byte[8]));
        assertThat(await(protocol(4, 1))[12 + 1]).isEqualTo((byte) 77);
        send(second, Packets.echoRequest("10.78.0.9", "10.78.0.1", 1, new byte[8]));
        assertThat(await(protocol(4, 1))[12 + 1]).isEqualTo((byte) 78);
      }
    });
  }

  @Test
  void aDeletedInterfaceShowsInHealthAndDoesNotSpin() throws Exception {
    Namespace.run(() -> {
      try (var device = Device.open(Device.config("ght0", true, V4), this::collect)) {
        var netlink = Netlink.open(dev.gatehouse.tun.linux.abi.CLibrary.load());
        try (netlink) {
          int index = Namespace.link("ght0").link().index();
          netlink.ask((out, sequence) -> deleteLink(out, sequence, index));
        }
        assertThat(device.tun.health().problem()).get().asString().contains("is gone");
        send(device, Packets.echoRequest("10.77.0.9", "10.77.0.1", 1, new byte[8]));
        awaitTrue(() -> String.valueOf(device.tun.status().get("drops")).contains("device_failed"));
      }
    });
  }

  @Test
  void anInterfaceThatWasSetDownShowsInHealthAndRecovers() throws Exception {
    Namespace.run(() -> {
      try (var device = Device.open(Device.config("ght0", true, V4), this::collect);
          var netlink = Netlink.open(dev.gatehouse.tun.linux.abi.CLibrary.load())) {
        int index = Namespace.link("ght0").link().index();
        netlink.ask((out, sequence) -> setDown(out, sequence, index));
        assertThat(device.tun.health().problem()).get().asString().contains("is down");
        send(device, Packets.echoRequest("10.77.0.9", "10.77.0.1", 1, new byte[8]));
        awaitTrue(() -> String.valueOf(device.tun.status().get("drops")).contains("device_failed"));
        netlink.ask((out, sequence) ->
            dev.gatehouse.tun.linux.core.RouteMessages.setUp(out, sequence, index));
        assertThat(device.tun.health().isOk()).isTrue();
        send(device, Packets.echoRequest("10.77.0.9", "10.77.0.1", 1, new byte[8]));
        await(protocol(4, 1));
      }
    });
  }

  @Test
  void withoutIpv6TheDeviceHasItsIpv4AddressOnly() throws Exception {
    Namespace.run(() -> {
      Files.writeString(Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6"), "1");
      try (var device = Device.open(Device.config("ght0", true, V4, V6), this::collect)) {
        assertThat(device.tun.networks()).hasToString("[10.77.0.0/24]");
        assertThat(device.tun.addresses().v6()).isEmpty();
      }
      assertThatThrownBy(() -> Device.open(Device.config("ght0", true, V6), this::collect))
          .isInstanceOf(GatehouseException.class)
          .hasMessageContaining("address fd77::1/64")
          .hasMessageContaining("cannot be set");
      assertThat(Namespace.link("ght0").errno()).isEqualTo(Errno.ENODEV);
    });
  }

  @Test
  void everyShardHasAQueueOfItsOwnIfWanted() throws Exception {
    Namespace.run(() -> {
      try (var first = new PollShard(0, 16);
          var second = new PollShard(1, 16)) {
        var config =
            new LinuxTunConfig("ght0", List.of(InterfaceAddress.parse(V4)), 1420, true, 500, true);
        var tun = new LinuxTun(config, Device.context(List.of(first, second)));
        tun.start();
        assertThat(tun.status()).containsEntry("queues", 2);
        for (var shard : List.of(first, second)) {
          shard.execute(() -> shard.consume(Lane.FROM_TUN, this::collect));
        }
        // The kernel answers a flow on the queue it came by.
        for (var shard : List.of(first, second)) {
          shard.execute(() -> {
            var batch = shard.pool().acquire();
            var payload = new byte[] {(byte) shard.index()};
            Packets.add(batch, Packets.echoRequest("10.77.0.9", "10.77.0.1", 7, payload));
            assertThat(shard.lane(Lane.TO_TUN).offer(batch)).isTrue();
          });
          var answer = await(protocol(4, 1));
          assertThat(Packets.payload(answer)).containsExactly(shard.index());
        }
        tun.stop();
        tun.close();
        assertThat(Namespace.link("ght0").errno()).isEqualTo(Errno.ENODEV);
      }
    });
  }

  private static void awaitTrue(java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static void deleteLink(java.nio.ByteBuffer out, int sequence, int index) {
    out.clear();
    out.putInt(32).putShort((short) 17).putShort((short) 5).putInt(sequence).putInt(0);
    out.putInt(0).putInt(index).putInt(0).putInt(0).flip();
  }

  private static void setDown(java.nio.ByteBuffer out, int sequence, int index) {
    out.clear();
    out.putInt(32).putShort((short) 16).putShort((short) 5).putInt(sequence).putInt(0);
    out.putInt(0).putInt(index).putInt(0).putInt(1).flip();
  }
}
