package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Integrity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Users and passwords from a list (RFC 8489, section 9.2). */
public final class StaticCredentials implements Credentials {

  private final Map<String, byte[]> passwords;

  /** By realm, of which a relay has few. */
  private final Map<String, Map<ByteBuffer, String>> namesByHash = new ConcurrentHashMap<>();

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
    var name = namesByHash.computeIfAbsent(realm, this::hashes).get(ByteBuffer.wrap(userhash));
    return name == null ? null : find(name.getBytes(StandardCharsets.UTF_8), 0);
  }

  private Map<ByteBuffer, String> hashes(String realm) {
    var integrity = new Integrity();
    var names = new HashMap<ByteBuffer, String>();
    for (var name : passwords.keySet()) {
      var username = name.getBytes(StandardCharsets.UTF_8);
      names.put(ByteBuffer.wrap(integrity.userhash(username, realm)), name);
    }
    return Map.copyOf(names);
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
