package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.crypto.core.ControlMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantumExchangeTest {

  private record Message(int type, String body) {}

  /** One side, whose messages wait to be carried. */
  private static final class Side implements QuantumExchange.Tunnel {
    final ArrayDeque<Message> sent = new ArrayDeque<>();
    final List<String> secrets = new ArrayList<>();
    final QuantumExchange exchange;
    long now;

    Side(long seed) {
      exchange = new QuantumExchange(this, Runnable::run, Runnable::run, new Random(seed));
    }

    @Override
    public void send(int handle, int type, byte[] body) {
      assertThat(handle).isEqualTo(7);
      sent.add(new Message(type, HexFormat.of().formatHex(body)));
    }

    @Override
    public void agreed(int handle, byte[] secret) {
      secrets.add(HexFormat.of().formatHex(secret));
    }

    void receive(Message message) {
      now += 2_000_000_000L;
      exchange.receive(7, message.type(), HexFormat.of().parseHex(message.body()), now);
    }
  }

  private final Side caller = new Side(1);
  private final Side called = new Side(2);

  private void begin() {
    caller.exchange.sessionBegan(7, true, false);
    called.exchange.sessionBegan(7, false, false);
  }

  @Test
  void bothSidesEndWithOneSecret() {
    begin();
    assertThat(called.sent).as("only who began the session asks").isEmpty();
    called.receive(caller.sent.remove());
    caller.receive(called.sent.remove());
    assertThat(caller.secrets).hasSize(1).isEqualTo(called.secrets);
    assertThat(caller.secrets.getFirst()).hasSize(64);
    begin();
    called.receive(caller.sent.remove());
    caller.receive(called.sent.remove());
    assertThat(caller.secrets).hasSize(2).doesNotHaveDuplicates().isEqualTo(called.secrets);
  }

  @Test
  void whatIsLostIsSentAgainAndNotForever() {
    begin();
    caller.sent.clear();
    caller.exchange.tick();
    called.receive(caller.sent.remove());
    called.sent.clear();
    caller.exchange.tick();
    called.receive(caller.sent.remove());
    assertThat(called.secrets).as("the same question has the same answer").hasSize(1);
    for (int i = 0; i < 20; i++) {
      caller.exchange.tick();
    }
    assertThat(caller.sent).hasSize(2);
    caller.receive(called.sent.remove());
    assertThat(caller.secrets).isEqualTo(called.secrets);
    caller.sent.clear();
    caller.exchange.tick();
    assertThat(caller.sent).as("nothing is open any more").isEmpty();
  }

  @Test
  void answersToOtherQuestionsAndNonsenseAreIgnored() {
    begin();
    var question = caller.sent.remove();
    var zeros = "00".repeat(4 + ControlMessage.CIPHERTEXT_BYTES);
    caller.receive(new Message(ControlMessage.CIPHERTEXT, zeros));
    assertThat(caller.secrets).isEmpty();
    called.receive(
        new Message(ControlMessage.KEY, "00000001" + "ff".repeat(ControlMessage.KEY_BYTES)));
    assertThat(called.sent).as("no valid key").isEmpty();
    assertThat(called.secrets).isEmpty();
    called.receive(question);
    caller.receive(called.sent.remove());
    assertThat(caller.secrets).isEqualTo(called.secrets);
  }

  @Test
  void aPeerThatAsksAgainAndAgainIsAnsweredOnceASecond() {
    begin();
    var body = caller.sent.remove().body();
    for (int i = 1; i <= 50; i++) {
      var other = HexFormat.of().parseHex("%08x".formatted(i) + body.substring(8));
      called.exchange.receive(7, ControlMessage.KEY, other, 1_000L + i);
    }
    assertThat(called.sent).hasSize(1);
  }

  @Test
  void statusTellsOfSessionsWithAndWithoutAndOfDowngrades() {
    begin();
    called.receive(caller.sent.remove());
    caller.receive(called.sent.remove());
    caller.exchange.sessionBegan(7, true, true);
    caller.exchange.sessionBegan(7, true, false);
    assertThat(caller.exchange.status())
        .containsEntry("sessions-with", 1L)
        .containsEntry("sessions-without", 2L)
        .containsEntry("downgrades", 1L);
  }
}
