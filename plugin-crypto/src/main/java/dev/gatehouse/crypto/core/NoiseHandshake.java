package dev.gatehouse.crypto.core;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One run of Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s, from either side. Methods that read return null
 * or false for input that proves nothing; the handshake is then useless and must be closed.
 */
final class NoiseHandshake implements AutoCloseable {

  private final Identity self;
  private final SymmetricState state;
  private final byte[] ephemeralBytes;
  private KeyAgreement.@Nullable PrivateKey prepared;
  private final byte[] secret = new byte[Curve25519.LENGTH];
  private byte[] remoteStatic = new byte[0];
  private byte[] remoteEphemeral = new byte[0];

  private NoiseHandshake(
      Identity self, byte[] prologue, byte[] responderStatic, byte[] ephemeralPrivate) {
    this.self = self;
    this.state = new SymmetricState(prologue, responderStatic);
    this.ephemeralBytes = ephemeralPrivate;
  }

  /** Prepared when it is first used: a stranger's message should not cost that much. */
  private KeyAgreement.PrivateKey ephemeral() {
    var key = prepared;
    if (key == null) {
      key = self.curve().privateKey(ephemeralBytes);
      prepared = key;
      Arrays.fill(ephemeralBytes, (byte) 0);
    }
    return key;
  }

  /** The side that begins; takes over the ephemeral private key. */
  static NoiseHandshake initiator(
      Identity self, byte[] prologue, byte[] remoteStatic, byte[] ephemeralPrivate) {
    var handshake = new NoiseHandshake(self, prologue, remoteStatic, ephemeralPrivate);
    handshake.remoteStatic = remoteStatic;
    return handshake;
  }

  /** The side that answers; takes over the ephemeral private key. */
  static NoiseHandshake responder(Identity self, byte[] prologue, byte[] ephemeralPrivate) {
    return new NoiseHandshake(self, prologue, self.publicKey(), ephemeralPrivate);
  }

  /**
   * Writes the first message: e, es, s, ss.
   *
   * @param staticStatic the shared secret of both static keys
   * @return ephemeral key, sealed static key and sealed payload, one behind the other; null if the
   *     remote key is a point of low order
   */
  byte @Nullable [] writeInitiation(byte[] staticStatic, byte[] payload) {
    var own = ephemeral().publicKey();
    state.mixHash(own);
    state.mixKey(own);
    if (!mixAgreement(remoteStatic)) {
      return null;
    }
    var sealedStatic = state.encryptAndHash(self.publicKey());
    state.mixKey(staticStatic);
    return join(own, sealedStatic, state.encryptAndHash(payload));
  }

  /** Reads e, es, s of the first message: who claims to be calling. */
  byte @Nullable [] readInitiator(byte[] theirs, byte[] sealedStatic) {
    remoteEphemeral = theirs;
    state.mixHash(theirs);
    state.mixKey(theirs);
    if (!self.agree(theirs, secret)) {
      return null;
    }
    state.mixKey(secret);
    var claimed = state.decryptAndHash(sealedStatic);
    if (claimed != null) {
      remoteStatic = claimed;
    }
    return claimed;
  }

  /** Reads the rest of the first message, ss and the payload, which proves the caller's key. */
  byte @Nullable [] readPayload(byte[] staticStatic, byte[] sealedPayload) {
    state.mixKey(staticStatic);
    return state.decryptAndHash(sealedPayload);
  }

  /**
   * Writes the second message: e, ee, se, psk.
   *
   * @return ephemeral key and sealed payload; null if a remote key is a point of low order
   */
  byte @Nullable [] writeResponse(byte[] presharedKey, byte[] payload) {
    var own = ephemeral().publicKey();
    state.mixHash(own);
    state.mixKey(own);
    if (!mixAgreement(remoteEphemeral) || !mixAgreement(remoteStatic)) {
      return null;
    }
    state.mixKeyAndHash(presharedKey);
    return join(own, state.encryptAndHash(payload));
  }

  /**
   * Reads the second message. A forged one leaves the handshake as it was, so that the real one may
   * still come.
   */
  byte @Nullable [] readResponse(byte[] presharedKey, byte[] theirs, byte[] sealedPayload) {
    var attempt = new SymmetricState(new byte[0], new byte[0]);
    attempt.copyFrom(state);
    attempt.mixHash(theirs);
    attempt.mixKey(theirs);
    byte[] payload = null;
    if (ephemeral().agree(theirs, secret)) {
      attempt.mixKey(secret);
      if (self.agree(theirs, secret)) {
        attempt.mixKey(secret);
        attempt.mixKeyAndHash(presharedKey);
        payload = attempt.decryptAndHash(sealedPayload);
      }
    }
    if (payload != null) {
      state.copyFrom(attempt);
    }
    attempt.clear();
    return payload;
  }

  /** The transport keys: initiator to responder, and back. */
  byte[][] split() {
    return state.split();
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private boolean mixAgreement(byte[] publicKey) {
    boolean sound = ephemeral().agree(publicKey, secret);
    if (sound) {
      state.mixKey(secret);
    }
    return sound;
  }

  /** Overwrites all secrets. */
  @Override
  public void close() {
    state.clear();
    if (prepared != null) {
      prepared.close();
    }
    Arrays.fill(ephemeralBytes, (byte) 0);
    Arrays.fill(secret, (byte) 0);
  }
}
