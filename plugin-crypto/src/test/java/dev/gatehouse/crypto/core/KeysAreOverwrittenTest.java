package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.crypto.io.TestEngines;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** That secrets end when what they were for ends, seen in the memory of whatever held them. */
class KeysAreOverwrittenTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  /** Passes everything on and remembers which keys are open. */
  private static final class CountingEngine implements AeadEngine {

    private final AeadEngine engine = TestEngines.fastest();
    private int made;
    private final List<AeadKey> open = new ArrayList<>();

    private AeadKey counted(AeadKey key) {
      made++;
      var counted =
          new AeadKey() {
            @Override
            public void seal(
                long counter,
                MemorySegment source,
                long sourceOffset,
                int length,
                MemorySegment target,
                long targetOffset) {
              key.seal(counter, source, sourceOffset, length, target, targetOffset);
            }

            @Override
            public boolean open(long counter, MemorySegment memory, long offset, int length) {
              return key.open(counter, memory, offset, length);
            }

            @Override
            public void close() {
              key.close();
              open.remove(this);
            }
          };
      open.add(counted);
      return counted;
    }

    @Override
    public String name() {
      return engine.name();
    }

    @Override
    public AeadKey sealingKey(byte[] key) {
      return counted(engine.sealingKey(key));
    }

    @Override
    public AeadKey openingKey(byte[] key) {
      return counted(engine.openingKey(key));
    }

    @Override
    public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
      return engine.seal(key, nonce, plaintext, associated);
    }

    @Override
    public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
      return engine.open(key, nonce, sealed, associated);
    }
  }

  private final CountingEngine engine = new CountingEngine();
  private final Node client =
      new Node("192.0.2.1:1000", 1, Duration.ofHours(2), 1000, TestEngines.fastest());
  private final Node gateway = new Node("192.0.2.2:51820", 2, Duration.ofHours(2), 1000, engine);

  private void connect() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    shakeHands();
  }

  private void shakeHands() {
    client.send(1, PACKET);
    exchange();
    assertThat(gateway.opened()).isNotEmpty();
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

  private void pass(Duration time) {
    client.now += time.toNanos();
    gateway.now = client.now;
    client.tick();
    gateway.tick();
    exchange();
  }

  @Test
  void noMoreThanThreeSessionsAreEverKept() {
    connect();
    assertThat(engine.open).hasSize(2);
    for (int i = 0; i < 20; i++) {
      pass(Duration.ofSeconds(121));
      shakeHands();
      shakeHands();
    }
    assertThat(engine.made).isGreaterThanOrEqualTo(2 * 20);
    assertThat(engine.open.size()).as("keys of two directions").isLessThanOrEqualTo(3 * 2);
    client.close();
    gateway.close();
    assertThat(engine.open).isEmpty();
  }

  @Test
  void anUnansweredSessionIsForgottenWithTheOthersAfterNineMinutes() {
    connect();
    pass(Duration.ofSeconds(100));
    gateway.now = client.now;
    client.core.call(1, client.now);
    gateway.receive(client.sent(), client.address);
    gateway.sent();
    assertThat(engine.open).as("two sessions, one unconfirmed").hasSize(4);
    gateway.now += Duration.ofSeconds(539).toNanos();
    gateway.tick();
    assertThat(engine.open).hasSize(4);
    gateway.now += Duration.ofSeconds(2).toNanos();
    gateway.tick();
    assertThat(engine.open).isEmpty();
    client.close();
    gateway.close();
  }

  @Test
  void removingAPeerEndsItsKeys() {
    connect();
    gateway.core.removePeer(1);
    assertThat(engine.open).isEmpty();
    client.close();
    gateway.close();
  }

  @Test
  void aPeersPresharedKeyAndSharedSecretAreOverwritten() throws Exception {
    var psk = Packets.random(new Random(3), 32);
    gateway.knows(client.key(), 1, null, Timing.STANDARD, Duration.ZERO, SecretKey.of(psk.clone()));
    var peer = peerOf(gateway);
    assertThat(peer.presharedKey).isEqualTo(psk);
    var staticStatic = peer.staticStatic;
    assertThat(staticStatic).isNotEqualTo(new byte[32]);
    gateway.core.removePeer(1);
    assertThat(peer.presharedKey).isEqualTo(new byte[32]);
    assertThat(staticStatic).isEqualTo(new byte[32]);
    client.close();
    gateway.close();
  }

  private static Peer peerOf(Node node) throws ReflectiveOperationException {
    var field = TunnelCore.class.getDeclaredField("hub");
    field.setAccessible(true);
    return Objects.requireNonNull(((Hub) field.get(node.core)).peers.get(1));
  }

  @Test
  void aHandshakeLeavesNothingBehind() throws Exception {
    var random = new Random(4);
    var one = new Identity(Curve25519.generatePrivateKey(random));
    var other = new Identity(Curve25519.generatePrivateKey(random));
    var staticStatic = new byte[32];
    assertThat(one.agree(other.publicKey(), staticStatic)).isTrue();
    var ephemeral = Curve25519.generatePrivateKey(random);
    var noise = NoiseHandshake.initiator(one, Messages.PROLOGUE, other.publicKey(), ephemeral);
    assertThat(noise.writeInitiation(staticStatic, new byte[12])).isNotNull();
    var secrets = arraysIn(noise, "state", "secret", "ephemeralBytes", "prepared");
    assertThat(secrets.stream().filter(KeysAreOverwrittenTest::isSecret).count())
        .as("chaining key, key, last shared secret, ephemeral key")
        .isGreaterThanOrEqualTo(4);
    noise.close();
    assertThat(secrets).noneMatch(KeysAreOverwrittenTest::isSecret);
    assertThat(ephemeral).isEqualTo(new byte[32]);
  }

  @Test
  void anIdentityThatIsClosedIsNoMore() throws Exception {
    var bytes = Curve25519.generatePrivateKey(new Random(5));
    var identity = new Identity(bytes);
    var secrets = arraysIn(identity, "bytes", "privateKey");
    assertThat(secrets).hasSize(2).allMatch(KeysAreOverwrittenTest::isSecret);
    identity.close();
    assertThat(secrets).noneMatch(KeysAreOverwrittenTest::isSecret);
    assertThat(HexFormat.of().formatHex(bytes)).matches("0+");
  }

  private static boolean isSecret(byte[] bytes) {
    return !Arrays.equals(bytes, new byte[bytes.length]);
  }

  /** The byte arrays in some fields of an object, and in the objects of ours that they refer to. */
  private static List<byte[]> arraysIn(Object holder, String... fields) throws Exception {
    var found = new ArrayList<byte[]>();
    for (var name : fields) {
      collect(holder.getClass().getDeclaredField(name), holder, found);
    }
    return found;
  }

  private static void collect(Field field, Object holder, List<byte[]> found) throws Exception {
    field.setAccessible(true);
    var value = field.get(holder);
    if (value instanceof byte[] bytes) {
      found.add(bytes);
    } else if (value != null && value.getClass().getName().startsWith("dev.gatehouse.crypto")) {
      for (var inner : value.getClass().getDeclaredFields()) {
        // The transcript's hash is no secret.
        if (!Modifier.isStatic(inner.getModifiers()) && !inner.getName().equals("hash")) {
          collect(inner, value, found);
        }
      }
    }
  }
}
