package dev.gatehouse.relay.core.turn;

/** A user as a realm knows it. */
public final class Account {

  private final String name;
  private final byte[] username;
  private final byte[] password;
  private final boolean expired;

  /**
   * A user.
   *
   * @param name whom quotas are counted for
   * @param username as it enters the key
   * @param password as it enters the key; not to be changed
   * @param expired whether its time is over, so that it may only be told so
   */
  Account(String name, byte[] username, byte[] password, boolean expired) {
    this.name = name;
    this.username = username;
    this.password = password;
    this.expired = expired;
  }

  String name() {
    return name;
  }

  byte[] username() {
    return username;
  }

  byte[] password() {
    return password;
  }

  boolean expired() {
    return expired;
  }
}
