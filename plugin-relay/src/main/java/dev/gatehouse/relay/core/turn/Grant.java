package dev.gatehouse.relay.core.turn;

import java.util.Arrays;

/** Who a request said it is from, and how answers to it are signed. */
final class Grant {

  private final Realm realm;
  private final Account account;
  private final byte[] key;
  private final boolean sha256;

  /**
   * A grant.
   *
   * @param key of the long-term mechanism
   * @param sha256 whether answers carry MESSAGE-INTEGRITY-SHA256
   */
  Grant(Realm realm, Account account, byte[] key, boolean sha256) {
    this.realm = realm;
    this.account = account;
    this.key = key;
    this.sha256 = sha256;
  }

  byte[] key() {
    return key;
  }

  boolean sha256() {
    return sha256;
  }

  boolean expired() {
    return account.expired();
  }

  /** Whom quotas are counted for. */
  String user() {
    return realm.name() + '\0' + account.name();
  }

  /** Whether both are the same credentials (RFC 8656, section 5: 441 otherwise). */
  boolean sameAs(Grant other) {
    return realm.name().equals(other.realm.name())
        && Arrays.equals(account.username(), other.account.username());
  }
}
