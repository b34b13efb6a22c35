package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/** Curve25519 keys (RFC 7748) as {@code wg genkey} and {@code wg pubkey} make them. */
public final class Keys {

  private static final BigInteger BASE_POINT = BigInteger.valueOf(9);

  private Keys() {}

  /** A new private key, clamped; the caller closes it. */
  public static SecretKey generate(SecureRandom random) {
    var bytes = new byte[SecretKey.LENGTH];
    try {
      random.nextBytes(bytes);
      bytes[0] = (byte) (bytes[0] & 248);
      bytes[31] = (byte) ((bytes[31] & 127) | 64);
      return SecretKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** The public key that belongs to a private one. */
  public static PublicKey publicKey(SecretKey secret) {
    var bytes = new byte[SecretKey.LENGTH];
    secret.copyTo(bytes, 0);
    try {
      var keys = KeyFactory.getInstance("X25519");
      var agreement = KeyAgreement.getInstance("X25519");
      agreement.init(keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, bytes)));
      agreement.doPhase(
          keys.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, BASE_POINT)), true);
      return PublicKey.of(agreement.generateSecret());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK 25 knows X25519", e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }
}
