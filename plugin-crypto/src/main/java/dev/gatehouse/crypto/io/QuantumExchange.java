package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.core.ControlMessage;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import javax.crypto.KEM;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Agrees with other Gatehouses on pre-shared keys by ML-KEM-768 (FIPS 203, the JDK's own), inside
 * established sessions. The side that began the session sends a key, the other one answers with a
 * ciphertext; the next handshake uses the outcome. Nothing waits for it: a peer that does not
 * answer is a peer without. One thread, apart from the computing.
 */
final class QuantumExchange {

  /** What it needs of the tunnel; called on the shard's thread. */
  interface Tunnel {

    /** Sends a message inside the session. */
    void send(int handle, int type, byte[] body);

    /** The peer has the same secret; the array stays the caller's. */
    void agreed(int handle, byte[] secret);
  }

  private static final Logger log = LoggerFactory.getLogger(QuantumExchange.class);

  /** The SubjectPublicKeyInfo of ML-KEM-768 before the key itself (RFC 9935). */
  private static final byte[] PREFIX =
      HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

  private static final int ATTEMPTS = 5;
  private static final long GAP = 1_000_000_000L;

  /** The state of one peer. */
  private static final class Exchange {
    /** Of our own key; 0 while there is none under way. */
    int number;

    byte[] message = new byte[0];
    @Nullable PrivateKey key;
    int attempts;
    int answered;
    byte[] answer = new byte[0];
    long answeredAt = -GAP;
    boolean busy;
    boolean everAgreed;
  }

  private final Tunnel tunnel;
  private final Executor shard;
  private final Executor background;
  private final RandomGenerator random;
  private final Map<Integer, Exchange> exchanges = new HashMap<>();
  private volatile long sessionsWith;
  private volatile long sessionsWithout;
  private volatile long downgrades;

  /**
   * Nothing agreed yet.
   *
   * @param shard runs tasks on the shard's thread
   * @param background runs what takes milliseconds
   */
  QuantumExchange(Tunnel tunnel, Executor shard, Executor background, RandomGenerator random) {
    this.tunnel = tunnel;
    this.shard = shard;
    this.background = background;
    this.random = random;
  }

  /** A session has begun; if it is ours, the key for the next one is looked for. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void sessionBegan(int handle, boolean initiator, boolean withAgreedKey) {
    var exchange = exchanges.computeIfAbsent(handle, any -> new Exchange());
    if (withAgreedKey) {
      sessionsWith++;
    } else {
      sessionsWithout++;
      if (exchange.everAgreed) {
        downgrades++;
        log.atInfo()
            .addKeyValue("peer", handle)
            .log("a session began without the post-quantum key that was agreed before");
      }
    }
    if (initiator && !exchange.busy) {
      exchange.busy = true;
      exchange.number = 0;
      background.execute(() -> generate(handle, exchange));
    }
  }

  private void generate(int handle, Exchange exchange) {
    try {
      var generator = KeyPairGenerator.getInstance("ML-KEM");
      generator.initialize(NamedParameterSpec.ML_KEM_768);
      var pair = generator.generateKeyPair();
      var encoded = pair.getPublic().getEncoded();
      int number = 1 + random.nextInt(Integer.MAX_VALUE);
      var message = message(number, encoded, encoded.length - ControlMessage.KEY_BYTES);
      shard.execute(() -> {
        exchange.busy = false;
        exchange.number = number;
        exchange.key = pair.getPrivate();
        exchange.message = message;
        exchange.attempts = 1;
        tunnel.send(handle, ControlMessage.KEY, message);
      });
    } catch (GeneralSecurityException e) {
      failed(exchange, e);
    }
  }

  private static byte[] message(int number, byte[] content, int from) {
    return ByteBuffer.allocate(ControlMessage.NUMBER_BYTES + content.length - from)
        .putInt(number)
        .put(content, from, content.length - from)
        .array();
  }

  private void failed(Exchange exchange, GeneralSecurityException e) {
    log.atDebug().setCause(e).log("no post-quantum key was agreed");
    shard.execute(() -> exchange.busy = false);
  }

  /** A message of the peer's; takes the body over. */
  void receive(int handle, int type, byte[] body, long nowNanos) {
    var exchange = exchanges.computeIfAbsent(handle, any -> new Exchange());
    int number = ByteBuffer.wrap(body).getInt();
    if (type == ControlMessage.CIPHERTEXT) {
      var key = exchange.key;
      if (number == exchange.number && key != null && !exchange.busy) {
        exchange.number = 0;
        exchange.key = null;
        exchange.busy = true;
        background.execute(() -> open(handle, exchange, key, body));
      }
    } else if (number == exchange.answered && exchange.answer.length > 0) {
      var answer = exchange.answer;
      shard.execute(() -> tunnel.send(handle, ControlMessage.CIPHERTEXT, answer));
    } else if (!exchange.busy && nowNanos - exchange.answeredAt >= GAP) {
      exchange.answeredAt = nowNanos;
      exchange.busy = true;
      background.execute(() -> answer(handle, exchange, number, body));
    }
  }

  private void answer(int handle, Exchange exchange, int number, byte[] body) {
    try {
      var encoded = Arrays.copyOf(PREFIX, PREFIX.length + ControlMessage.KEY_BYTES);
      System.arraycopy(
          body, ControlMessage.NUMBER_BYTES, encoded, PREFIX.length, ControlMessage.KEY_BYTES);
      var key = KeyFactory.getInstance("ML-KEM").generatePublic(new X509EncodedKeySpec(encoded));
      var sealed = KEM.getInstance("ML-KEM").newEncapsulator(key).encapsulate();
      var message = message(number, sealed.encapsulation(), 0);
      var secret = sealed.key().getEncoded();
      shard.execute(() -> {
        exchange.busy = false;
        exchange.answered = number;
        exchange.answer = message;
        agreed(handle, exchange, secret);
        tunnel.send(handle, ControlMessage.CIPHERTEXT, message);
      });
    } catch (GeneralSecurityException e) {
      failed(exchange, e);
    }
  }

  private void open(int handle, Exchange exchange, PrivateKey key, byte[] body) {
    try {
      var sealed = Arrays.copyOfRange(body, ControlMessage.NUMBER_BYTES, body.length);
      var secret = KEM.getInstance("ML-KEM").newDecapsulator(key).decapsulate(sealed).getEncoded();
      shard.execute(() -> {
        exchange.busy = false;
        agreed(handle, exchange, secret);
      });
    } catch (GeneralSecurityException e) {
      failed(exchange, e);
    }
  }

  private void agreed(int handle, Exchange exchange, byte[] secret) {
    if (exchanges.get(handle) == exchange) {
      exchange.everAgreed = true;
      tunnel.agreed(handle, secret);
    }
    Arrays.fill(secret, (byte) 0);
  }

  /** Sends keys again that were not answered; called every second. */
  void tick() {
    exchanges.forEach((handle, exchange) -> {
      if (exchange.number != 0 && exchange.attempts < ATTEMPTS) {
        exchange.attempts++;
        tunnel.send(handle, ControlMessage.KEY, exchange.message);
      }
    });
  }

  /** The peer was removed, or has other keys. */
  void forget(int handle) {
    exchanges.remove(handle);
  }

  /** For status: how many sessions began with an agreed key, how many without. */
  Map<String, Object> status() {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("sessions-with", sessionsWith);
    facts.put("sessions-without", sessionsWithout);
    facts.put("downgrades", downgrades);
    return facts;
  }
}
