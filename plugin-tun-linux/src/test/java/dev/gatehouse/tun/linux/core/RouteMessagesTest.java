package dev.gatehouse.tun.linux.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.tun.linux.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests have the form of rtnetlink(7), and no answer is too strange to be read. */
class RouteMessagesTest {

  private final ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());

  @Test
  void aRequestTellsItsOwnLengthAndSequence() {
    RouteMessages.addAddress(buffer, 42, 7, IpAddress.parse("fd00::1"), 64);
    assertThat(buffer.getInt(0)).isEqualTo(buffer.remaining()).isEqualTo(16 + 8 + 2 * 20);
    assertThat(buffer.getShort(4)).isEqualTo((short) 20);
    assertThat(buffer.getInt(8)).isEqualTo(42);
    assertThat(buffer.get(16)).isEqualTo((byte) 10);
    assertThat(buffer.get(17)).isEqualTo((byte) 64);
    assertThat(buffer.getInt(20)).isEqualTo(7);
  }

  @Test
  void namesOfAnyLengthKeepTheAlignment() {
    for (int length = 1; length <= 15; length++) {
      RouteMessages.findLink(buffer, 1, "x".repeat(length));
      assertThat(buffer.remaining() % 4).isZero();
      assertThat(buffer.getInt(0)).isEqualTo(buffer.remaining());
      assertThat(buffer.getShort(32)).isEqualTo((short) (4 + length + 1));
    }
  }

  @Test
  void anErrorComesWithTheKernelsWords() {
    var words = "mtu greater than device maximum".getBytes(StandardCharsets.UTF_8);
    buffer.putInt(0).putShort((short) 2).putShort((short) 0x300).putInt(5).putInt(0);
    buffer.putInt(-22).putInt(32).putShort((short) 16).putShort((short) 0).putInt(5).putInt(0);
    buffer.putShort((short) (4 + words.length + 1)).putShort((short) 1).put(words).put((byte) 0);
    buffer.putInt(0, buffer.position()).flip();
    var reply = RouteReply.read(buffer, 5);
    assertThat(reply).isNotNull();
    assertThat(reply == null ? "" : reply.explanation())
        .isEqualTo("mtu greater than device maximum");
    assertThat(reply == null ? 0 : reply.errno()).isEqualTo(22);
  }

  @Test
  void anAnswerToAnotherRequestIsPassedOver() {
    buffer.putInt(20).putShort((short) 2).putShort((short) 0).putInt(4).putInt(0).putInt(-1);
    buffer.flip();
    assertThat(RouteReply.read(buffer, 5)).isNull();
  }

  static LongStream seeds() {
    return Seeds.of(50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noAnswerIsTooStrange(long seed) {
    var random = new Random(seed);
    var bytes = new byte[256];
    for (int i = 0; i < 3000; i++) {
      random.nextBytes(bytes);
      var answer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      int length = random.nextInt(bytes.length + 1);
      answer.limit(length);
      if (length >= 36) {
        answer.putInt(0, random.nextBoolean() ? length : random.nextInt(length + 8));
        answer.putShort(4, (short) (random.nextBoolean() ? 2 : 16));
        answer.putInt(8, 9);
        if (random.nextBoolean()) {
          answer.putShort(32, (short) random.nextInt(80));
          answer.putShort(34, (short) random.nextInt(30));
        }
      }
      var reply = RouteReply.read(answer, 9);
      assertThat(reply == null || reply.explanation().length() <= length).isTrue();
    }
  }
}
