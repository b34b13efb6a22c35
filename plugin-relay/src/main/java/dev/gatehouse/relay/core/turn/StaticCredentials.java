package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Users and passwords from a list (RFC 8489, section 9.2). */
public final class StaticCredentials implements Credentials {

  private final Map<String, byte[]> passwords;

  /**
   * Copies the list.
   *
   * @param passwords UTF-8 passwords by user name
   */
  public StaticCredentials(Map<String, byte[]> passwords) {
    var copy = new HashMap<String, byte[]>();
    passwords.forEach((name, password) -> copy.put(name, password.clone()));
    this.passwords = Map.copyOf(copy);
  }

  @Override
  public @Nullable Account find(byte[] username, long epochSeconds) {
    var name = new String(username, StandardCharsets.UTF_8);
    var password = passwords.get(name);
    return password == null ? null : new Account(name, username, password, false);
  }

  @Override
  public @Nullable Account findHashed(byte[] userhash, String realm) {
    var integrity = new Integrity();
    for (var entry : passwords.entrySet()) {
      var username = entry.getKey().getBytes(StandardCharsets.UTF_8);
      if (MessageDigest.isEqual(integrity.userhash(username, realm), userhash)) {
        return new Account(entry.getKey(), username, entry.getValue(), false);
      }
    }
    return null;
  }

  @Override
  public boolean knowsHashes() {
    return true;
  }

  @Override
  public boolean signsRefusals() {
    return false;
  }
}
