package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Time-limited users of a service that shares a secret with the relay, as coturn's {@code
 * use-auth-secret} has them (draft-uberti-behave-turn-rest): the user name is {@code expiry:name},
 * {@code name:expiry} or {@code expiry}, with the expiry in decimal seconds since 1970, and the
 * password the base64 of HMAC-SHA-1 over the user name. Quotas count for the part that is the name.
 */
public final class SharedSecretCredentials implements Credentials {

  private final byte[] secret;

  /** Copies the secret, which is used as the bytes it has. */
  public SharedSecretCredentials(byte[] secret) {
    this.secret = secret.clone();
  }

  @Override
  public @Nullable Account find(byte[] username, long epochSeconds) {
    var text = new String(username, StandardCharsets.UTF_8);
    int colon = text.indexOf(':');
    var first = colon < 0 ? text : text.substring(0, colon);
    var rest = colon < 0 ? "" : text.substring(colon + 1);
    long expiry = Expiry.parse(first);
    var name = rest.isEmpty() ? text : rest;
    if (expiry < 0) {
      expiry = Expiry.parse(rest);
      name = first;
    }
    return expiry < 0 ? null : new Account(name, username, password(text), expiry < epochSeconds);
  }

  /** The password that belongs to a user name. */
  public byte[] password(String username) {
    return Base64.getEncoder()
        .encode(Integrity.hmacSha1(secret, username.getBytes(StandardCharsets.UTF_8)));
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
