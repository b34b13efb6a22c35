package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Everything in the core that reads what others wrote, under inputs nobody thought of. */
class FuzzTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private Node client = new Node("192.0.2.1:1000", 1);
  private Node gateway = new Node("192.0.2.2:51820", 2, Duration.ofHours(1), 1_000_000);
  private final List<byte[]> recorded = new ArrayList<>();

  @BeforeEach
  void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    client.send(1, PACKET);
    for (int i = 0; i < 3; i++) {
      var up = client.sent();
      gateway.receive(up, client.address);
      var down = gateway.sent();
      client.receive(down, gateway.address);
      up.forEach(datagram -> recorded.add(datagram.bytes().array()));
      down.forEach(datagram -> recorded.add(datagram.bytes().array()));
    }
    assertThat(gateway.opened()).hasSize(1);
  }

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  /** All that was dropped, by reason. */
  private static long[] drops(Node node) {
    return Arrays.stream(DropReason.values()).mapToLong(node::dropped).toArray();
  }

  private static String since(long[] before, Node node) {
    var said = new StringBuilder();
    for (var reason : DropReason.values()) {
      long more = node.dropped(reason) - before[reason.ordinal()];
      if (more > 0) {
        said.append(reason).append(Math.min(more, 3)).append(' ');
      }
    }
    return said.toString();
  }

  /** Input: ECN bits and segment size, then the bytes of one entry from the network. */
  @Test
  void datagramsFromStrangers() {
    var fuzzer = new Fuzzer("datagrams", this::withRightMac);
    for (var datagram : recorded) {
      fuzzer.example(entry(0, 0, datagram));
      fuzzer.example(entry(2, datagram.length / 2, datagram));
    }
    fuzzer.example(entry(0, 148, twice(recorded.getFirst())));
    fuzzer.run(
        300_000,
        input -> {
          if (input.length < 4) {
            return "short";
          }
          var buffer = ByteBuffer.wrap(input);
          int mark = buffer.getShort() & 3;
          int segment = buffer.getShort() & 0xffff;
          int length = input.length - 4;
          long[] before = drops(gateway);
          gateway.now += 1_000_000;
          var batch = gateway.pool.acquire();
          int at = batch.reserve(length);
          MemorySegment.copy(input, 4, batch.slab(), ValueLayout.JAVA_BYTE, at, length);
          int index = batch.commit(at, length);
          batch.path(index, FakePath.to("203.0.113.9:7"));
          batch.ecn(index, mark);
          batch.segmentSize(index, segment);
          gateway.core.fromNetwork(batch, gateway.now);
          assertThat(gateway.sent()).as("replies").isEmpty();
          assertThat(gateway.opened()).as("opened").isEmpty();
          assertThat(gateway.peer(1).path()).isEqualTo(client.address);
          return (length > 0 ? input[4] & 7 : 9) + since(before, gateway);
        });
  }

  private static byte[] entry(int mark, int segment, byte[] datagram) {
    return ByteBuffer.allocate(4 + datagram.length)
        .putShort((short) mark)
        .putShort((short) segment)
        .put(datagram)
        .array();
  }

  private static byte[] twice(byte[] bytes) {
    var both = Arrays.copyOf(bytes, 2 * bytes.length);
    System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
    return both;
  }

  /** Cuts an input to the size its type should have and puts mac1 right. */
  private byte[] withRightMac(byte[] input) {
    if (input.length < 5 || input[4] < 1 || input[4] > 2) {
      return input;
    }
    int length = input[4] == 1 ? Messages.INITIATION_LENGTH : Messages.RESPONSE_LENGTH;
    var message = Arrays.copyOfRange(input, 4, 4 + length);
    message[1] = message[2] = message[3] = 0;
    var before = message.clone();
    new CookieJar(gateway.identity.publicKey()).addMacs(message, 0);
    // What was recorded would be answered once more, were it not for its time stamp.
    return Arrays.equals(before, message) ? input : entry(0, 0, message);
  }

  /** Input: ECN bits, then what an authenticated peer puts into its tunnel. */
  @Test
  void packetsFromAPeerThatMeansIll() {
    var fuzzer = new Fuzzer("inner", FuzzTest::withRightLength);
    fuzzer.example(prefixed(0, PACKET));
    fuzzer.example(prefixed(3, Packets.udp4(new byte[9], 2)));
    fuzzer.example(prefixed(1, Packets.tcp6(new byte[30], 1, 0x10)));
    fuzzer.example(prefixed(0, Packets.tcp4(new byte[1300], 1, 0x10, 7)));
    fuzzer.run(
        150_000,
        input -> {
          if (input.length < 2 || input.length > 2000) {
            return "size";
          }
          int mark = input[0] & 3;
          var packet = Arrays.copyOfRange(input, 1, input.length);
          long[] before = drops(gateway);
          step();
          client.send(1, packet);
          var sent = client.sent();
          sent.replaceAll(one -> new Node.Datagram(one.bytes(), one.path(), mark));
          gateway.receive(sent, client.address);
          client.receive(gateway.sent(), gateway.address);
          var opened = gateway.opened();
          assertThat(opened.size()).isLessThanOrEqualTo(1);
          for (var one : opened) {
            assertWellFormed(one);
            assertSameButForTheMark(one, packet);
          }
          return mark + " " + opened.size() + " " + (packet[0] >>> 4) + since(before, gateway);
        });
  }

  /** A new session before this one is used up. */
  private void step() {
    client.now += 1_000_000;
    gateway.now = client.now;
    client.tick();
    gateway.tick();
    for (int i = 0; i < 2; i++) {
      gateway.receive(client.sent(), client.address);
      client.receive(gateway.sent(), gateway.address);
    }
    gateway.opened();
  }

  private static byte[] prefixed(int first, byte[] packet) {
    return ByteBuffer.allocate(1 + packet.length).put((byte) first).put(packet).array();
  }

  private static byte[] withRightLength(byte[] input) {
    if (input.length > 40 && input[1] >>> 4 == 4) {
      Packets.put16(input, 3, input.length - 1);
    } else if (input.length > 40 && input[1] >>> 4 == 6) {
      Packets.put16(input, 5, input.length - 41);
    }
    return input;
  }

  private static void assertWellFormed(byte[] packet) {
    int version = packet[0] >>> 4;
    int stated = version == 4 ? Packets.get16(packet, 2) : 40 + Packets.get16(packet, 4);
    assertThat(version).isIn(4, 6);
    assertThat(stated).isEqualTo(packet.length);
  }

  private static void assertSameButForTheMark(byte[] packet, byte[] original) {
    boolean v4 = packet[0] >>> 4 == 4;
    for (int i = 0; i < packet.length; i++) {
      boolean mark = i == 1 || (v4 && (i == 10 || i == 11));
      // One that states more than it has may get the zeros it was padded with, and nothing else.
      byte expected = i < original.length ? original[i] : 0;
      assertThat(mark || packet[i] == expected).as("byte %s", i).isTrue();
    }
  }

  /** Input: segment size, then a super-packet as the kernel's device gives it. */
  @Test
  void superPacketsFromTheDevice() {
    var fuzzer = new Fuzzer("trains", input -> input);
    fuzzer.example(train(1000, Packets.tcp6(new byte[5000], 1, 0x19)));
    fuzzer.example(train(500, Packets.tcp4(new byte[1700], 1, 0x90, 7)));
    fuzzer.example(train(100, Packets.udp4(new byte[350], 1)));
    fuzzer.run(
        100_000,
        input -> {
          if (input.length < 3 || input.length > 20_000) {
            return "size";
          }
          int segment = ByteBuffer.wrap(input).getShort() & 0xffff;
          var packet = Arrays.copyOfRange(input, 2, input.length);
          step();
          long[] before = drops(client);
          long sentBefore = client.peer(1).sentBytes();
          client.send(1, packet, segment);
          var sent = client.sent();
          int pieces = segment == 0 ? 1 : (packet.length + segment - 1) / segment;
          long data = sent.stream().filter(one -> one.bytes().list().getFirst() == 4).count();
          assertThat(data).isLessThanOrEqualTo(Math.max(1, pieces));
          assertThat(client.peer(1).sentBytes() - sentBefore)
              .isLessThanOrEqualTo(packet.length + 400L * (pieces + 1));
          gateway.receive(
              sent.subList(0, Math.min(sent.size(), PacketBatch.CAPACITY)), client.address);
          for (var one : gateway.opened()) {
            assertWellFormed(one);
          }
          return Math.min(data, 20) + " " + (packet[0] >>> 4) + since(before, client);
        });
  }

  private static byte[] train(int segment, byte[] packet) {
    return ByteBuffer.allocate(2 + packet.length).putShort((short) segment).put(packet).array();
  }
}
