package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Super-packets to and from the real kernel. */
@Tag("kernel")
@Timeout(300)
class TrainsKernelTest {

  private static final int BYTES = 8 * 1024 * 1024;

  private final AtomicReference<Device> left = new AtomicReference<>();
  private final AtomicReference<Device> right = new AtomicReference<>();
  private volatile int longestTrain;

  @ParameterizedTest
  @CsvSource({
    "10.77.0.1/24, 10.77.0.2, true",
    "fd77::1/64, fd77::2, true",
    "10.77.0.1/24, 10.77.0.2, false"
  })
  void aTcpConnectionCrossesTwoDevicesUnharmed(String near, String far, boolean offload)
      throws Exception {
    var farSuffix = near.substring(near.indexOf('/'));
    try (var here = Namespace.open();
        var there = Namespace.open()) {
      left.set(here.call(() -> open(near, offload, right)));
      right.set(there.call(() -> open(far + farSuffix, offload, left)));
      try (var source = left.get();
          var sink = right.get();
          var server = there.call(() -> new ServerSocket(0, 5, InetAddress.ofLiteral(far)))) {
        var sent = new byte[BYTES];
        new Random(7).nextBytes(sent);
        var received = CompletableFuture.supplyAsync(() -> receive(server));
        try (var client =
            here.call(() -> new Socket(InetAddress.ofLiteral(far), server.getLocalPort()))) {
          client.getOutputStream().write(sent);
        }
        assertThat(Arrays.equals(received.get(), sent))
            .as("what arrived is what was sent")
            .isTrue();
        assertThat(source.tun.status().get("drops")).hasToString("{}");
        assertThat(sink.tun.status().get("drops")).hasToString("{}");
        if (offload) {
          assertThat(longestTrain).as("longest train read").isGreaterThan(8);
          assertThat(count(source, "read-calls")).isLessThan(count(source, "packets-read") / 2);
          assertThat(count(sink, "write-calls")).isLessThan(count(sink, "packets-written") / 2);
        }
      }
    }
  }

  private Device open(String address, boolean offload, AtomicReference<Device> to)
      throws Exception {
    return Device.open(Device.config("ght0", offload, address), batch -> carry(batch, to));
  }

  private static byte[] receive(ServerSocket server) {
    try (var socket = server.accept()) {
      return socket.getInputStream().readAllBytes();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static long count(Device device, String key) {
    return (long) device.tun.status().getOrDefault(key, -1L);
  }

  private static void awaitCount(Device device, String key, long atLeast) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (count(device, key) < atLeast) {
      assertThat(System.nanoTime()).as("deadline for " + key).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** Moves what one device reads to the other, trains cut by the naive cutter. */
  private void carry(PacketBatch batch, AtomicReference<Device> to) {
    var packets = new ArrayList<byte[]>();
    try (batch) {
      for (int i = 0; i < batch.size(); i++) {
        var bytes = Packets.bytes(batch, i);
        longestTrain = Math.max(longestTrain, batch.packets(i));
        if (batch.segmentSize(i) == 0) {
          assertThat(Packets.checksumsHold(bytes)).as("checksums of a single packet").isTrue();
          packets.add(bytes);
        } else {
          packets.addAll(NaiveCutter.cut(bytes, batch.segmentSize(i)));
        }
      }
    }
    var device = to.get();
    if (device != null) {
      device.shard.execute(() -> write(device, packets));
    }
  }

  private static void write(Device device, List<byte[]> packets) {
    for (int from = 0; from < packets.size(); from += 60) {
      var batch = device.shard.pool().tryAcquire();
      if (batch == null) {
        return;
      }
      for (var packet : packets.subList(from, Math.min(from + 60, packets.size()))) {
        Packets.add(batch, packet);
      }
      if (!device.shard.lane(Lane.TO_TUN).offer(batch)) {
        batch.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.77.0.", "fd77::"})
  void datagramsWrittenAsOneTrainArriveOneByOne(String prefix) throws Exception {
    Namespace.run(() -> {
      var address = prefix + (prefix.contains(":") ? "1/64" : "1/24");
      try (var device = Device.open(Device.config("ght0", true, address), PacketBatch::close);
          var socket =
              new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(prefix + "1"), 0))) {
        socket.setSoTimeout(60_000);
        var payloads = new ArrayList<byte[]>();
        var packets = new ArrayList<byte[]>();
        for (int i = 0; i < 20; i++) {
          var payload = new byte[i == 19 ? 100 : 1200];
          Arrays.fill(payload, (byte) i);
          payloads.add(payload);
          packets.add(
              Packets.udp(prefix + "9", 4242, prefix + "1", socket.getLocalPort(), payload));
        }
        device.shard.execute(() -> write(device, packets));
        for (var payload : payloads) {
          var into = new DatagramPacket(new byte[2000], 2000);
          socket.receive(into);
          assertThat(Arrays.copyOf(into.getData(), into.getLength())).isEqualTo(payload);
        }
        // The datagrams arrive within the system call that counts them afterwards.
        awaitCount(device, "packets-written", 20);
        awaitCount(device, "write-calls", 1);
        assertThat(count(device, "write-calls")).isEqualTo(1);
      }
    });
  }

  @Test
  void readingGoesOnAfterThePoolRanEmpty() throws Exception {
    Namespace.run(() -> {
      var kept = new ArrayList<PacketBatch>();
      try (var device = Device.open(Device.config("ght0", true, "10.77.0.1/24"), kept::add, 2);
          var socket = new DatagramSocket()) {
        var to = new InetSocketAddress(InetAddress.ofLiteral("10.77.0.9"), 9);
        long end = System.nanoTime() + 60_000_000_000L;
        while (count(device, "pauses") < 1) {
          assertThat(System.nanoTime()).as("deadline for a pause").isLessThan(end);
          socket.send(new DatagramPacket(new byte[100], 100, to));
        }
        long before = count(device, "packets-read");
        device.shard.execute(() -> kept.forEach(PacketBatch::close));
        awaitCount(device, "packets-read", before + 1);
        device.shard.execute(() -> kept.stream().skip(2).forEach(PacketBatch::close));
      }
    });
  }
}
