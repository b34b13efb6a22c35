package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import org.jspecify.annotations.Nullable;

/**
 * The long-term mechanism (RFC 8489, section 9.2.4), with two turns Firezone's clients need: a bad
 * nonce is always answered with 438, and where passwords cannot be guessed, a refusal is signed
 * with the key of the user that was named. Nothing is remembered about who failed but a token taken
 * from its prefix.
 */
final class Authenticator {

  private final TurnSettings settings;
  private final Answers answers;
  private final Nonces nonces;
  private final Integrity integrity;
  private final SourceGate gate;
  private final TurnCounters counters;

  /** Of the sender of the request at hand, or null. */
  private @Nullable Allocation allocation;

  /** Whether the request at hand has a good nonce, and so comes from where it says. */
  private boolean genuine;

  Authenticator(
      TurnSettings settings,
      Answers answers,
      Nonces nonces,
      Integrity integrity,
      SourceGate gate,
      TurnCounters counters) {
    this.settings = settings;
    this.answers = answers;
    this.nonces = nonces;
    this.integrity = integrity;
    this.gate = gate;
    this.counters = counters;
  }

  /**
   * Finds out who sent a request.
   *
   * @param wellFormed whether its attributes can be trusted to have their lengths
   * @param known the allocation of this address and port, which is heard out, and told of stale
   *     nonces, whatever its prefix did; or null
   * @return null if it was refused, or dropped
   */
  @Nullable Grant authenticate(Request request, boolean wellFormed, @Nullable Allocation known) {
    allocation = known;
    genuine = false;
    return authenticate(request, wellFormed);
  }

  private @Nullable Grant authenticate(Request request, boolean wellFormed) {
    var message = request.message;
    boolean sha256 = message.has(Stun.MESSAGE_INTEGRITY_SHA256);
    boolean signed = sha256 || message.has(Stun.MESSAGE_INTEGRITY);
    var realm = realm(message);
    if (!wellFormed) {
      return refuse(request, 400);
    }
    if (!signed || !message.has(Stun.NONCE)) {
      return challenge(request, 401, realm, signed);
    }
    if (message.has(Stun.USERNAME) == message.has(Stun.USERHASH) || !message.has(Stun.REALM)) {
      return refuse(request, 400);
    }
    var nonce = message.value(Stun.NONCE);
    if (!nonces.valid(nonce, request.high, request.low, request.port, request.now)) {
      counters.noncesRejected++;
      return challenge(request, 438, realm, true);
    }
    genuine = true;
    if (realm == null) {
      return challenge(request, 401, null, false);
    }
    int algorithm = algorithm(message, realm, nonce);
    if (algorithm == 0) {
      return refuse(request, 400);
    }
    if (allocation == null && !gate.hasFailure(request)) {
      return null;
    }
    var grant = grant(request, realm, algorithm, sha256);
    // A user that does not exist costs the same as one that does.
    var key = grant == null ? integrity.md5Key(nonce, realm.name(), nonce) : grant.key();
    int attribute = sha256 ? Stun.MESSAGE_INTEGRITY_SHA256 : Stun.MESSAGE_INTEGRITY;
    boolean proven = message.verify(integrity, attribute, key);
    return proven && grant != null && !grant.expired()
        ? grant
        : challenge(request, 401, realm, true);
  }

  private boolean mayAnswer(Request request) {
    if (allocation == null) {
      return genuine ? gate.takeFailure(request) : gate.takeChallenge(request);
    }
    if (allocation.challenges.take(1, request.now)) {
      return true;
    }
    counters.drop(TurnDrop.SOURCE_LIMIT);
    return false;
  }

  private @Nullable Grant refuse(Request request, int code) {
    if (mayAnswer(request)) {
      answers.refuse(request, code, signer(request));
    }
    return null;
  }

  private @Nullable Grant challenge(
      Request request, int code, @Nullable Realm realm, boolean sign) {
    if (mayAnswer(request)) {
      var named = realm == null ? settings.realms().getFirst() : realm;
      answers.challenge(request, code, named, sign ? signer(request) : null);
    }
    return null;
  }

  /** Whose key signs a refusal, if the request names somebody and may be told so. */
  private @Nullable Grant signer(Request request) {
    var message = request.message;
    var realm = realm(message);
    boolean sha256 = message.has(Stun.MESSAGE_INTEGRITY_SHA256);
    if (realm == null
        || !realm.credentials().signsRefusals()
        || !message.has(Stun.USERNAME)
        || !(sha256 || message.has(Stun.MESSAGE_INTEGRITY))) {
      return null;
    }
    int place = message.find(Stun.PASSWORD_ALGORITHM);
    boolean strong =
        place >= 0
            && message.lengthAt(place) >= 2
            && message.firstU16(Stun.PASSWORD_ALGORITHM) == Stun.ALGORITHM_SHA256;
    return grant(request, realm, strong ? Stun.ALGORITHM_SHA256 : Stun.ALGORITHM_MD5, sha256);
  }

  private @Nullable Grant grant(Request request, Realm realm, int algorithm, boolean sha256) {
    var message = request.message;
    var credentials = realm.credentials();
    var account =
        message.has(Stun.USERNAME)
            ? credentials.find(message.value(Stun.USERNAME), request.epochSeconds)
            : credentials.findHashed(message.value(Stun.USERHASH), realm.name());
    if (account == null) {
      return null;
    }
    var key =
        algorithm == Stun.ALGORITHM_SHA256
            ? integrity.sha256Key(account.username(), realm.name(), account.password())
            : integrity.md5Key(account.username(), realm.name(), account.password());
    return new Grant(realm, account, key, sha256);
  }

  /** The realm a request names, the first if it names none, or null if there is no such. */
  private @Nullable Realm realm(StunReader message) {
    if (!message.has(Stun.REALM)) {
      return settings.realms().getFirst();
    }
    var name = message.text(Stun.REALM);
    for (var realm : settings.realms()) {
      if (realm.name().equals(name)) {
        return realm;
      }
    }
    return null;
  }

  /** The password algorithm, or 0 if the request does not play by RFC 8489, section 9.2.4. */
  private static int algorithm(StunReader message, Realm realm, byte[] nonce) {
    boolean listed = message.has(Stun.PASSWORD_ALGORITHMS);
    if (listed != message.has(Stun.PASSWORD_ALGORITHM)) {
      return 0;
    }
    if (!listed) {
      return Stun.ALGORITHM_MD5;
    }
    int chosen = message.firstU16(Stun.PASSWORD_ALGORITHM);
    boolean offered = realm.sha256() && (Nonces.features(nonce) & Nonces.PASSWORD_ALGORITHMS) != 0;
    boolean plain =
        message.lengthAt(message.find(Stun.PASSWORD_ALGORITHM)) == 4
            && (message.firstU32(Stun.PASSWORD_ALGORITHM) & 0xffff) == 0;
    return offered
            && plain
            && Answers.isOurs(message.value(Stun.PASSWORD_ALGORITHMS))
            && (chosen == Stun.ALGORITHM_MD5 || chosen == Stun.ALGORITHM_SHA256)
        ? chosen
        : 0;
  }
}
