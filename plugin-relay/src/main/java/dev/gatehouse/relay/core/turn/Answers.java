package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes and sends answers. Those to strangers are never longer than 3.4 times the question; those
 * to users are remembered, so that a question that comes again gets the same answer.
 */
final class Answers {

  private static final int CAPACITY = 2048;
  private static final int REMEMBERED = 4096;
  private static final long MEMORY = 40_000_000_000L;

  /** What RFC 8489's PASSWORD-ALGORITHMS says: SHA-256, then MD5, both without parameters. */
  private static final byte[] ALGORITHMS = {
    0, Stun.ALGORITHM_SHA256, 0, 0, 0, Stun.ALGORITHM_MD5, 0, 0
  };

  private record Question(
      long high, long low, int port, int link, long transactionHigh, int transactionLow, int type) {

    static Question of(Request request) {
      var message = request.message;
      return new Question(
          request.high,
          request.low,
          request.port,
          request.link,
          message.transactionHigh(),
          message.transactionLow(),
          message.method());
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Answer(byte[] bytes, int code, long until) {}

  private final TurnSettings settings;
  private final RelayOutput output;
  private final TurnCounters counters;
  private final Nonces nonces;
  private final Integrity integrity;
  private final StunWriter writer = new StunWriter(CAPACITY);
  private final Map<Question, Answer> remembered =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Answer> eldest) {
          return size() > REMEMBERED;
        }
      };

  Answers(
      TurnSettings settings,
      RelayOutput output,
      TurnCounters counters,
      Nonces nonces,
      Integrity integrity) {
    this.settings = settings;
    this.output = output;
    this.counters = counters;
    this.nonces = nonces;
    this.integrity = integrity;
  }

  /** The attributes of an answer go here, after {@link #begin}. */
  StunWriter writer() {
    return writer;
  }

  /** Whether the value of a PASSWORD-ALGORITHMS is what was sent. */
  static boolean isOurs(byte[] algorithms) {
    return Arrays.equals(algorithms, ALGORITHMS);
  }

  /** The security features a realm's nonces tell. */
  static int features(Realm realm) {
    return !realm.sha256()
        ? 0
        : Nonces.PASSWORD_ALGORITHMS
            | (realm.credentials().knowsHashes() ? Nonces.USERNAME_ANONYMITY : 0);
  }

  /** Begins an answer. */
  StunWriter begin(Request request, int messageClass) {
    writer.answer(request.message, messageClass);
    return writer;
  }

  /** Sends the answer to a Binding request, which nobody signs. */
  void bound(Request request) {
    begin(request, Stun.SUCCESS)
        .xorAddress(Stun.XOR_MAPPED_ADDRESS, request.high, request.low, request.port);
    end(request, null);
    sendIfShort(request, 0);
  }

  /** Refuses a request whose sender did not prove itself, without telling it how. */
  void refuse(Request request, int code, @Nullable Grant signer) {
    begin(request, Stun.ERROR).error(code);
    if (code == 420) {
      writer.unknown(request.message.unknown());
    }
    end(request, signer);
    sendIfShort(request, code);
  }

  /** Refuses with a realm and a nonce, with which the sender may try again. */
  void challenge(Request request, int code, Realm realm, @Nullable Grant signer) {
    int features = features(realm);
    challenge(request, code, realm, signer, features);
    if (features != 0 && isTooLong(request)) {
      challenge(request, code, realm, signer, 0);
    }
    sendIfShort(request, code);
  }

  private void challenge(
      Request request, int code, Realm realm, @Nullable Grant signer, int features) {
    begin(request, Stun.ERROR).error(code);
    writer.text(Stun.REALM, realm.name());
    writer.value(
        Stun.NONCE, nonces.make(request.high, request.low, request.port, features, request.now));
    if (features != 0) {
      writer.value(Stun.PASSWORD_ALGORITHMS, ALGORITHMS);
    }
    end(request, signer);
  }

  private void end(Request request, @Nullable Grant signer) {
    if (signer != null) {
      writer.sign(integrity, signer.key(), signer.sha256());
    }
    if (request.message.hasFingerprint()) {
      writer.fingerprint();
    }
  }

  private void sendIfShort(Request request, int code) {
    if (isTooLong(request)) {
      counters.drop(TurnDrop.AMPLIFICATION);
    } else {
      send(request, code);
    }
  }

  private boolean isTooLong(Request request) {
    int limit = (int) (request.message.length() * 3.4);
    return !request.isStream() && writer.length() > limit;
  }

  /** Sends a signed answer with an error in it. */
  void error(Request request, Grant grant, int code) {
    begin(request, Stun.ERROR).error(code);
    if (code == 420) {
      writer.unknown(
          request.message.hasUnknown()
              ? request.message.unknown()
              : new int[] {Stun.DONT_FRAGMENT});
    }
    signed(request, grant, code);
  }

  /** Signs what was written, sends and remembers it. */
  void signed(Request request, Grant grant, int code) {
    seal(grant, request.message.hasFingerprint());
    send(request, code);
    remembered.put(
        Question.of(request),
        new Answer(Arrays.copyOf(writer.bytes(), writer.length()), code, request.now + MEMORY));
  }

  /** Begins the answer to an Allocate request that had to wait. */
  StunWriter beginFor(Opening opening, int messageClass) {
    writer.begin(Stun.type(Stun.ALLOCATE, messageClass), opening.transaction, 0);
    return writer;
  }

  /**
   * Signs what was written and sends it to a client whose request had to wait.
   *
   * @return how many bytes
   */
  int sendTo(TurnClient client, Opening opening, Grant grant, int code) {
    seal(grant, opening.fingerprint);
    counters.answer(Stun.ALLOCATE, code);
    output.reply(
        client.high(), client.low(), client.port(), client.link(), writer.bytes(), writer.length());
    return writer.length();
  }

  /** Adds what every signed answer ends with. */
  private void seal(Grant grant, boolean fingerprint) {
    var software = settings.compatibility().software();
    if (software != null) {
      writer.text(Stun.SOFTWARE, software);
    }
    writer.sign(integrity, grant.key(), grant.sha256());
    if (fingerprint) {
      writer.fingerprint();
    }
    writer.finish();
  }

  /** Sends the same as last time, if the same was asked lately. */
  boolean again(Request request) {
    var answer = remembered.get(Question.of(request));
    if (answer == null || request.now - answer.until() >= 0) {
      return false;
    }
    repeat(request, answer.bytes(), answer.code());
    return true;
  }

  /** Sends an answer that was kept. */
  void repeat(Request request, byte[] answer, int code) {
    counters.answer(request.message.method(), code);
    output.reply(request.high, request.low, request.port, request.link, answer, answer.length);
  }

  private void send(Request request, int code) {
    int length = writer.finish();
    counters.answer(request.message.method(), code);
    output.reply(request.high, request.low, request.port, request.link, writer.bytes(), length);
  }
}
