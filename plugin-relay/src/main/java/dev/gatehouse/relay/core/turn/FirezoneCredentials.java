package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Firezone's scheme: the user name is {@code expiry:salt}, with the expiry in decimal seconds since
 * 1970, and the password the unpadded base64 of SHA-256 over {@code expiry:secret:salt}. An expiry
 * is valid to the end of its second.
 */
public final class FirezoneCredentials implements Credentials {

  private final byte[] secret;

  /**
   * Copies the secret.
   *
   * @param secret the ASCII text the portal was told, as it is, not decoded
   */
  public FirezoneCredentials(byte[] secret) {
    this.secret = secret.clone();
  }

  @Override
  public @Nullable Account find(byte[] username, long epochSeconds) {
    var text = new String(username, StandardCharsets.UTF_8);
    int colon = text.indexOf(':');
    if (colon < 0 || text.indexOf(':', colon + 1) >= 0) {
      return null;
    }
    long expiry = Expiry.parse(text.substring(0, colon));
    if (expiry < 0) {
      return null;
    }
    return new Account(text, username, password(text, colon), expiry < epochSeconds);
  }

  /** The password that belongs to a user name. */
  public byte[] password(long expiry, String salt) {
    var username = expiry + ":" + salt;
    return password(username, username.indexOf(':'));
  }

  private byte[] password(String username, int colon) {
    var digest = Integrity.digest("SHA-256");
    digest.update(username.substring(0, colon + 1).getBytes(StandardCharsets.UTF_8));
    digest.update(secret);
    digest.update(username.substring(colon).getBytes(StandardCharsets.UTF_8));
    return Base64.getEncoder().withoutPadding().encode(digest.digest());
  }

  @Override
  public @Nullable Account findHashed(byte[] userhash, String realm) {
    return null;
  }

  @Override
  public boolean knowsHashes() {
    return false;
  }

  @Override
  public boolean signsRefusals() {
    return true;
  }
}
