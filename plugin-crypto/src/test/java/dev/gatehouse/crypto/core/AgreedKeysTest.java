package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropReason;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys agreed on inside a session are used by the next one, and never in its way. */
class AgreedKeysTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private final Random random = new Random(768);
  private final byte[] one = Packets.random(random, 32);
  private final byte[] two = Packets.random(random, 32);
  private final Node client = new Node("192.0.2.1:1000", 1, Duration.ofHours(1), 1000);
  private final Node gateway = new Node("192.0.2.2:51820", 2, Duration.ofHours(1), 1000);

  @BeforeEach
  void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).hasSize(1);
    assertThat(client.sessions).containsExactly(false);
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

  /** Makes the client begin a new session; whether both sides used an agreed key in it. */
  private boolean nextSessionUsesAnAgreedKey() {
    client.now += Duration.ofSeconds(6).toNanos();
    gateway.now = client.now;
    client.core.call(1, client.now);
    int before = client.sessions.size();
    exchange();
    assertThat(client.sessions).as("one handshake was enough").hasSize(before + 1);
    assertThat(gateway.sessions).hasSize(before + 1);
    assertThat(client.dropped(DropReason.HANDSHAKE_REJECTED)).isZero();
    client.send(1, PACKET);
    gateway.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
    assertThat(client.opened()).containsExactly(PACKET);
    assertThat(gateway.sessions.getLast()).isEqualTo(client.sessions.getLast());
    return client.sessions.getLast();
  }

  @Test
  void whatBothKnowIsUsed() {
    client.core.agreed(1, one, client.now);
    gateway.core.agreed(1, one, gateway.now);
    assertThat(nextSessionUsesAnAgreedKey()).isTrue();
    assertThat(nextSessionUsesAnAgreedKey()).as("again, until there is a newer one").isTrue();
  }

  @Test
  void whatOnlyTheInitiatorKnowsIsNot() {
    client.core.agreed(1, one, client.now);
    assertThat(nextSessionUsesAnAgreedKey()).isFalse();
  }

  @Test
  void whatOnlyTheResponderKnowsIsNot() {
    gateway.core.agreed(1, one, gateway.now);
    assertThat(nextSessionUsesAnAgreedKey()).isFalse();
  }

  @Test
  void differentKeysAreNotUsed() {
    client.core.agreed(1, one, client.now);
    gateway.core.agreed(1, two, gateway.now);
    assertThat(nextSessionUsesAnAgreedKey()).isFalse();
  }

  @Test
  void oneThatIsAheadByAKeyStillKnowsTheOneBefore() {
    client.core.agreed(1, one, client.now);
    gateway.core.agreed(1, one, gateway.now);
    gateway.core.agreed(1, two, gateway.now);
    assertThat(nextSessionUsesAnAgreedKey()).isTrue();
    client.core.agreed(1, two, client.now);
    assertThat(nextSessionUsesAnAgreedKey()).isTrue();
  }

  @Test
  void aKeyThatComesWhileTheHandshakeIsUnderWayDoesNotDisturbIt() {
    client.core.agreed(1, one, client.now);
    gateway.core.agreed(1, one, gateway.now);
    client.now += Duration.ofSeconds(6).toNanos();
    gateway.now = client.now;
    client.core.call(1, client.now);
    gateway.core.agreed(1, two, gateway.now);
    client.core.agreed(1, two, client.now);
    exchange();
    assertThat(client.sessions).containsExactly(false, true);
  }

  @Test
  void theFirstKeyIsUsedAtOnceAndNotOnlyAfterTwoMinutes() {
    gateway.core.agreed(1, one, gateway.now);
    client.core.agreed(1, one, client.now);
    client.now += Duration.ofSeconds(5).toNanos();
    gateway.now = client.now;
    client.tick();
    exchange();
    assertThat(client.sessions).containsExactly(false, true);
  }

  @Test
  void theConfiguredPresharedKeyStaysNecessary() {
    client.core.agreed(1, one, client.now);
    gateway.core.agreed(1, one, gateway.now);
    assertThat(nextSessionUsesAnAgreedKey()).isTrue();
    gateway.knows(
        client.key(),
        1,
        null,
        Timing.STANDARD,
        Duration.ZERO,
        SecretKey.of(Packets.random(random, 32)));
    gateway.core.agreed(1, one, gateway.now);
    client.now += Duration.ofSeconds(6).toNanos();
    gateway.now = client.now;
    client.core.call(1, client.now);
    exchange();
    assertThat(client.sessions).hasSize(2);
    assertThat(client.dropped(DropReason.HANDSHAKE_REJECTED)).isEqualTo(1);
  }

  @Test
  void agreedKeysAreOverwrittenWithTheOthers() {
    var keys = new AgreedKeys();
    keys.add(new byte[32], one);
    var key = keys.find(keys.newestId());
    assertThat(key).isNotNull().isNotEqualTo(new byte[32]).isNotEqualTo(one);
    keys.add(new byte[32], two);
    assertThat(key).as("the one before is kept").isNotEqualTo(new byte[32]);
    keys.add(new byte[32], one);
    assertThat(key).isEqualTo(new byte[32]);
    var last = keys.find(keys.newestId());
    keys.clear();
    assertThat(last).isEqualTo(new byte[32]);
    assertThat(keys.newestId()).isZero();
  }

  @Test
  void whoDoesNotUnderstandControlMessagesDropsThem() {
    client.core.sendControl(
        1, ControlMessage.KEY, new byte[4 + ControlMessage.KEY_BYTES], client.now);
    client.core.sendControl(1, ControlMessage.KEY, new byte[7], client.now);
    client.core.sendControl(1, 9, new byte[7], client.now);
    exchange();
    assertThat(gateway.dropped(DropReason.MALFORMED)).isEqualTo(1);
    assertThat(gateway.opened()).isEmpty();
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).containsExactly(PACKET);
  }
}
