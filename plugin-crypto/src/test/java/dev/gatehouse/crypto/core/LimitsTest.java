package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limits of the paper's section 6.1 that count messages, to the message. */
class LimitsTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  /** 2^64 - 2^13 - 1, written another way than in the code under test. */
  private static final long REJECT = Long.parseUnsignedLong("18446744073709543423");

  private static final long REKEY = Long.parseLong("1152921504606846976");

  private final Node client = new Node("192.0.2.1:1000", 1);
  private final Node gateway = new Node("192.0.2.2:51820", 2);

  @BeforeEach
  void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).hasSize(1);
    client.now += Duration.ofSeconds(6).toNanos();
    gateway.now = client.now;
  }

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  private void exchange() {
    while (true) {
      var up = client.sent();
      gateway.receive(up, client.address);
      var down = gateway.sent();
      client.receive(down, gateway.address);
      if (up.isEmpty() && down.isEmpty()) {
        return;
      }
    }
  }

  /** What the client sends: i for an initiation, the counter for data. */
  private List<String> sends(byte[] packet, int segment) {
    client.send(1, packet, segment);
    var said = new ArrayList<String>();
    var sent = client.sent();
    for (var datagram : sent) {
      var bytes = datagram.bytes().array();
      said.add(
          bytes[0] == Messages.INITIATION ? "initiation" : Long.toUnsignedString(counter(bytes)));
    }
    gateway.receive(sent, client.address);
    return said;
  }

  private List<String> sends() {
    return sends(PACKET, 0);
  }

  private static long counter(byte[] data) {
    return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
  }

  private static byte[] withCounter(byte[] data, long counter) {
    var copy = data.clone();
    ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(8, counter);
    return copy;
  }

  @Test
  void aNewSessionIsBegunOnceMoreThan2To60MessagesWereSent() {
    client.core.skipTo(1, REKEY - 1);
    assertThat(sends()).containsExactly(Long.toString(REKEY - 1));
    assertThat(sends()).containsExactly(Long.toString(REKEY), "initiation");
    assertThat(sends()).as("the old one serves meanwhile").containsExactly("" + (REKEY + 1));
    assertThat(gateway.opened()).hasSize(3);
    exchange();
    assertThat(sends()).as("the new one").containsExactly("1");
  }

  @Test
  void theOneThatAnsweredBeginsANewSessionAsWellAfterTooManyMessages() {
    gateway.core.skipTo(1, REKEY);
    gateway.send(1, PACKET);
    assertThat(gateway.sent())
        .extracting(datagram -> datagram.bytes().list().getFirst().intValue())
        .containsExactly(Messages.DATA, Messages.INITIATION);
  }

  @Test
  void theLastMessageIsTheOneBefore2To64Minus2To13Minus1() {
    client.core.skipTo(1, REJECT - 1);
    assertThat(sends()).containsExactly(Long.toUnsignedString(REJECT - 1), "initiation");
    assertThat(gateway.opened()).as("the last one is taken").hasSize(1);
    assertThat(sends()).as("not one more").isEmpty();
    exchange();
    assertThat(gateway.opened()).as("the one that waited, under the new session").hasSize(1);
  }

  @Test
  void aUsedUpSessionIsNoReasonToLoseAnything() {
    client.core.skipTo(1, REJECT);
    assertThat(sends()).containsExactly("initiation");
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void noTrainCrossesTheLimit() {
    var train = Packets.tcp6(new byte[5000], 1, 0x10);
    client.core.skipTo(1, REJECT - 3);
    var said = sends(train, 1000);
    assertThat(said).as("five pieces do not fit").containsExactly("initiation");
    exchange();
    assertThat(gateway.opened()).hasSize(5);
  }

  @Test
  void noBatchCrossesTheLimit() {
    client.core.skipTo(1, REJECT - 3);
    var batch = client.pool.acquire();
    for (int i = 0; i < 10; i++) {
      Node.add(batch, 1, PACKET, 0);
    }
    assertThat(batch.size()).isLessThan(PacketBatch.CAPACITY);
    client.core.toTunnel(batch, client.now);
    exchange();
    assertThat(gateway.opened()).hasSize(10);
    assertThat(gateway.drops.total() + client.drops.total()).isZero();
  }

  @Test
  void receivedCountersFromTheLimitOnAreRefusedUnseen() {
    client.send(1, PACKET);
    var data = client.sent().getFirst().bytes().array();
    gateway.receive(withCounter(data, REJECT), client.address);
    gateway.receive(withCounter(data, -1), client.address);
    assertThat(gateway.dropped(DropReason.SESSION_TOO_OLD)).isEqualTo(2);
    assertThat(gateway.dropped(DropReason.FORGED)).isZero();
    gateway.receive(withCounter(data, REJECT - 1), client.address);
    assertThat(gateway.dropped(DropReason.FORGED)).as("looked at, and refused").isEqualTo(1);
    gateway.receive(data, client.address);
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void lateMessagesAreTakenUpToTheLimit() {
    client.core.skipTo(1, REJECT - 3);
    client.send(1, PACKET);
    client.send(1, PACKET);
    var two = client.sent().stream().filter(sent -> sent.bytes().list().getFirst() == 4).toList();
    gateway.receive(two.reversed(), client.address);
    assertThat(gateway.opened()).hasSize(2);
    gateway.receive(two, client.address);
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.dropped(DropReason.REPLAYED)).isEqualTo(2);
  }
}
