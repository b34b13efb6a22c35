package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.testkit.TrackingPool;
import dev.gatehouse.tun.linux.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the writer hands to the device is, once cut again, what it was given. */
class TunWriterTest {

  private static final Offload ALL = new Offload(true, true, true);

  private final TrackingPool pool = new TrackingPool(2);
  private final FakeDevice device = new FakeDevice();
  private final Traffic traffic = new Traffic();
  private final DeviceState state = new DeviceState();

  @AfterEach
  void everyBatchCameBack() {
    pool.assertAllReturned();
    pool.close();
  }

  private void write(TunWriter writer, List<byte[]> packets) {
    var batch = pool.acquire();
    for (var packet : packets) {
      Packets.add(batch, packet);
    }
    writer.accept(batch);
  }

  private TunWriter writer(Offload offload) {
    return new TunWriter(device.library(), 3, offload, traffic, state);
  }

  static LongStream seeds() {
    return Seeds.of(100);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void packetsComeOutAsTheyWentInAndInOrderOfTheirFlow(long seed) {
    var random = new Random(seed);
    try (var writer = writer(ALL)) {
      var flows = new Flows(random);
      for (int round = 0; round < 4; round++) {
        var packets = flows.packets(1 + random.nextInt(60));
        device.written.clear();
        write(writer, packets);
        var cut = device.written.stream().flatMap(w -> NaiveCutter.cutWithHeader(w).stream());
        assertSameFlows(cut.toList(), packets);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aKernelThatRefusesTrainsGetsEveryPacketAsItWas(long seed) {
    var random = new Random(seed);
    device.writeError = bytes -> bytes[1] == 0 ? 0 : 22;
    try (var writer = writer(ALL)) {
      var packets = new Flows(random).packets(60);
      write(writer, packets);
      var plain = device.written.stream().flatMap(w -> NaiveCutter.cutWithHeader(w).stream());
      assertSameBytes(plain.toList(), packets);
      assertThat(traffic.drops().total()).isZero();
    }
  }

  /** Per flow the same packets in the same order; IDs may differ where nothing is fragmented. */
  private static void assertSameFlows(List<byte[]> actual, List<byte[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    assertSameBytes(
        actual.stream().map(TunWriterTest::withoutId).toList(),
        expected.stream().map(TunWriterTest::withoutId).toList());
  }

  private static void assertSameBytes(List<byte[]> actual, List<byte[]> expected) {
    var actualFlows = byFlow(actual);
    var expectedFlows = byFlow(expected);
    assertThat(actualFlows.keySet()).isEqualTo(expectedFlows.keySet());
    expectedFlows.forEach((flow, packets) ->
        assertThat(actualFlows.getOrDefault(flow, List.of()).stream().map(Arrays::toString))
            .as(flow)
            .isEqualTo(packets.stream().map(Arrays::toString).toList()));
  }

  private static Map<String, List<byte[]>> byFlow(List<byte[]> packets) {
    var flows = new LinkedHashMap<String, List<byte[]>>();
    for (var packet : packets) {
      boolean v4 = packet[0] >>> 4 == 4;
      var addresses = Arrays.copyOfRange(packet, v4 ? 12 : 8, v4 ? 20 : 40);
      var flow = Arrays.toString(addresses) + packet[v4 ? 9 : 6] + flowPorts(packet, v4);
      flows.computeIfAbsent(flow, key -> new ArrayList<>()).add(packet);
    }
    return flows;
  }

  private static String flowPorts(byte[] packet, boolean v4) {
    int ip = v4 ? (packet[0] & 15) * 4 : 40;
    int protocol = packet[v4 ? 9 : 6];
    return (protocol == 6 || protocol == 17) && packet.length >= ip + 4
        ? Arrays.toString(Arrays.copyOfRange(packet, ip, ip + 4))
        : "";
  }

  private static byte[] withoutId(byte[] packet) {
    var copy = packet.clone();
    if (copy[0] >>> 4 == 4 && (copy[6] & 0x40) != 0) {
      Packets.put16(copy, 4, 0);
      Packets.put16(copy, 10, 0);
    }
    return copy;
  }

  @Test
  void aTrainOfFullSegmentsIsOneWrite() {
    try (var writer = writer(ALL)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      var packets = new ArrayList<byte[]>();
      for (int i = 0; i < 44; i++) {
        packets.add(flow.data(1368, 0x10));
      }
      packets.add(flow.data(300, 0x18));
      write(writer, packets);
      assertThat(device.written).hasSize(1);
      assertThat(NaiveCutter.cutWithHeader(device.written.getFirst())).hasSize(45);
      assertThat(traffic.of(Traffic.WRITTEN_PACKETS)).isEqualTo(45);
      assertThat(traffic.of(Traffic.WRITTEN_BYTES))
          .isEqualTo(packets.stream().mapToLong(packet -> packet.length).sum());
    }
  }

  @Test
  void flowsThatTakeTurnsAreMergedEach() {
    try (var writer = writer(ALL)) {
      var random = new Random(1);
      var first = new Flows.Tcp(random, true, 0);
      var second = new Flows.Tcp(random, false, 1);
      var packets = new ArrayList<byte[]>();
      for (int i = 0; i < 20; i++) {
        packets.add(first.data(1000, 0x10));
        packets.add(second.data(1000, 0x10));
      }
      write(writer, packets);
      assertThat(device.written).hasSize(2);
    }
  }

  @Test
  void pureAcknowledgementsOfOneFlowDoNotSplitAnother() {
    try (var writer = writer(ALL)) {
      var random = new Random(1);
      var data = new Flows.Tcp(random, true, 0);
      var acks = new Flows.Tcp(random, true, 1);
      var packets = new ArrayList<byte[]>();
      for (int i = 0; i < 20; i++) {
        packets.add(data.data(1000, 0x10));
        packets.add(acks.data(0, 0x10));
      }
      write(writer, packets);
      assertThat(device.written).hasSize(21);
    }
  }

  @Test
  void aPacketWithAWrongChecksumIsNeverMerged() {
    try (var writer = writer(ALL)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      var good = flow.data(500, 0x10);
      var bad = flow.data(500, 0x10);
      bad[bad.length - 1] ^= 1;
      var after = flow.data(500, 0x10);
      write(writer, List.of(good, bad, after));
      assertThat(device.written.stream().map(w -> Arrays.copyOfRange(w, 10, w.length)))
          .containsExactly(good, bad, after);
    }
  }

  @Test
  void udpIsLeftAloneWhereTheKernelDoesNotCutIt() {
    try (var writer = writer(new Offload(true, true, false))) {
      var flow = new Flows.Udp(new Random(1), true, 0);
      write(writer, List.of(flow.data(500), flow.data(500)));
      assertThat(device.written).hasSize(2);
    }
  }

  @Test
  void withoutHeadersPacketsAreWrittenPlain() {
    try (var writer = writer(Offload.NONE)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      var packets = List.of(flow.data(500, 0x10), flow.data(500, 0x10));
      write(writer, packets);
      assertThat(device.written).containsExactlyElementsOf(packets);
    }
  }

  @Test
  void aKernelThatNeverTookATrainIsNotAskedAgain() {
    device.writeError = bytes -> bytes[1] == 0 ? 0 : 22;
    try (var writer = writer(ALL)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      write(writer, List.of(flow.data(500, 0x10), flow.data(500, 0x10)));
      assertThat(traffic.of(Traffic.REFUSED_RUNS)).isEqualTo(1);
      assertThat(writer.mergesTcp()).isFalse();
      assertThat(writer.mergesUdp()).isTrue();
      write(writer, List.of(flow.data(500, 0x10), flow.data(500, 0x10)));
      assertThat(traffic.of(Traffic.REFUSED_RUNS)).isEqualTo(1);
      assertThat(device.written).hasSize(4);
    }
  }

  @Test
  void oneRefusedTrainDoesNotEndMergingOnAKernelThatTakesThem() {
    try (var writer = writer(ALL)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      write(writer, List.of(flow.data(500, 0x10), flow.data(500, 0x10)));
      device.writeError = bytes -> bytes[1] == 0 ? 0 : 22;
      write(writer, List.of(flow.data(500, 0x10), flow.data(500, 0x10)));
      assertThat(writer.mergesTcp()).isTrue();
      assertThat(device.written).hasSize(3);
    }
  }

  @Test
  void whatTheDeviceDoesNotTakeIsCounted() {
    device.writeError = bytes -> 5;
    try (var writer = writer(ALL)) {
      var flow = new Flows.Tcp(new Random(1), true, 0);
      write(writer, List.of(flow.data(500, 0x10), flow.data(500, 0x10), Flows.icmp(new Random(1))));
      assertThat(traffic.drops().of(DropReason.DEVICE_FAILED)).isEqualTo(3);
      assertThat(traffic.of(Traffic.WRITTEN_PACKETS)).isZero();
    }
  }

  @Test
  void entriesThatWereDroppedBeforeAreSkipped() {
    try (var writer = writer(ALL)) {
      var batch = pool.acquire();
      Packets.add(batch, Flows.icmp(new Random(1)));
      Packets.add(batch, Flows.icmp(new Random(2)));
      batch.drop(0, DropReason.NOT_ALLOWED, new Traffic().drops());
      writer.accept(batch);
      assertThat(device.written).hasSize(1);
    }
  }

  /** Flows whose packets usually continue each other, and sometimes differ in one thing. */
  private static final class Flows {

    private final Random random;
    private final List<Flow> flows = new ArrayList<>();

    Flows(Random random) {
      this.random = random;
      for (int i = 0; i < 12; i++) {
        Flow flow =
            random.nextBoolean()
                ? new Tcp(random, random.nextBoolean(), i)
                : new Udp(random, random.nextBoolean(), i);
        flow.wild = true;
        flows.add(flow);
      }
    }

    List<byte[]> packets(int count) {
      var packets = new ArrayList<byte[]>();
      Flow flow = flows.getFirst();
      while (packets.size() < count) {
        if (random.nextInt(4) == 0) {
          flow = flows.get(random.nextInt(flows.size()));
        }
        packets.add(
            switch (random.nextInt(40)) {
              case 0 -> icmp(random);
              case 1 -> garbage();
              default -> flow.next();
            });
      }
      return packets;
    }

    private byte[] garbage() {
      var bytes = new byte[1 + random.nextInt(100)];
      random.nextBytes(bytes);
      bytes[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
      return bytes.length < 41 ? icmp(random) : bytes;
    }

    static byte[] icmp(Random random) {
      return Packets.echoRequest("10.0.0.9", "10.0.0.1", random.nextInt(65536), new byte[20]);
    }

    /** What both have in common. */
    private abstract static class Flow {
      final Random random;
      final boolean v4;
      final int number;
      int id;
      int size;
      boolean wild;

      Flow(Random random, boolean v4, int number) {
        this.random = random;
        this.v4 = v4;
        this.number = number;
        id = random.nextInt(65536);
        size = 1 + random.nextInt(800);
      }

      boolean odd(int oneIn) {
        return wild && random.nextInt(oneIn) == 0;
      }

      abstract byte[] next();

      int resized() {
        size = 1 + random.nextInt(800);
        return size;
      }

      byte[] packet(int protocol, byte[] transport, int checksumAt) {
        var from = v4 ? "10.0.0." + (2 + number / 2) : "fd00::" + (2 + number / 2);
        var packet = Packets.ip(from, v4 ? "10.0.1.1" : "fd01::1", protocol, transport, checksumAt);
        if (v4) {
          Packets.put16(packet, 4, id++);
          if (number % 3 == 0) {
            packet[6] = 0;
          }
          disturbIp(packet);
          Packets.fixChecksums(packet, checksumAt);
        } else {
          disturbIp(packet);
        }
        if (odd(25)) {
          packet[packet.length - 1] ^= 4;
        }
        if (v4 && odd(25)) {
          packet[10] ^= 1;
        }
        return packet;
      }

      private void disturbIp(byte[] packet) {
        switch (wild ? random.nextInt(40) : -1) {
          case 0 -> packet[1] ^= 0x10;
          case 1 -> packet[v4 ? 8 : 7] = 9;
          case 2 -> {
            if (v4) {
              packet[6] = 0x20;
            }
          }
          case 3 -> {
            if (v4) {
              Packets.put16(packet, 4, random.nextInt(65536));
            }
          }
          case 4 -> {
            if (v4) {
              packet[6] ^= (byte) 0x80;
            }
          }
          default -> {}
        }
      }
    }

    static final class Tcp extends Flow {
      int sequence;

      Tcp(Random random, boolean v4, int number) {
        super(random, v4, number);
        sequence = random.nextInt();
      }

      @Override
      byte[] next() {
        int length =
            switch (random.nextInt(20)) {
              case 0 -> 0;
              case 1 -> size + 1;
              case 2 -> 1 + random.nextInt(size);
              case 3 -> resized();
              default -> size;
            };
        return data(length, random.nextInt(8) == 0 ? random.nextInt(256) : 0x10);
      }

      byte[] data(int length, int flags) {
        var segment = ByteBuffer.allocate(32 + length);
        segment.putShort((short) (1000 + number)).putShort((short) 443);
        segment.putInt(sequence).putInt(odd(30) ? 77 : 42);
        segment.putShort((short) (0x8000 | flags));
        segment.putShort((short) (odd(30) ? 5 : 512));
        segment.putShort((short) 0).putShort((short) (odd(60) ? 1 : 0));
        segment.putInt(0x0101080a).putInt(odd(30) ? 2 : 1).putInt(3);
        for (int i = 0; i < length; i++) {
          segment.put((byte) random.nextInt(256));
        }
        sequence += length;
        if (odd(40)) {
          sequence++;
        }
        return packet(6, segment.array(), 16);
      }
    }

    static final class Udp extends Flow {

      Udp(Random random, boolean v4, int number) {
        super(random, v4, number);
      }

      @Override
      byte[] next() {
        return data(
            switch (random.nextInt(20)) {
              case 0 -> 0;
              case 1 -> size + 1;
              case 2 -> 1 + random.nextInt(size);
              case 3 -> resized();
              default -> size;
            });
      }

      byte[] data(int length) {
        var datagram = ByteBuffer.allocate(8 + length);
        datagram.putShort((short) (1000 + number)).putShort((short) 53);
        datagram.putShort((short) (8 + length)).putShort((short) 0);
        for (int i = 0; i < length; i++) {
          datagram.put((byte) random.nextInt(256));
        }
        var packet = packet(17, datagram.array(), 6);
        if (v4 && odd(30)) {
          Packets.put16(packet, 26, 0);
        }
        return packet;
      }
    }
  }
}
