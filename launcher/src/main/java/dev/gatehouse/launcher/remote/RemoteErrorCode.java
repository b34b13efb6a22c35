package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.ErrorCode;

/** What can go wrong between a command and the gateway it talks to. */
public enum RemoteErrorCode implements ErrorCode {
  /** Nobody answers at the socket. */
  NO_GATEWAY("GH-CLI-001", Kind.ENVIRONMENT),
  /** The socket may not be opened by this user. */
  ACCESS_DENIED("GH-CLI-002", Kind.ENVIRONMENT),
  /** What answers does not behave like a gateway of this release. */
  NOT_UNDERSTOOD("GH-CLI-003", Kind.ENVIRONMENT),
  /** The gateway did not answer in time. */
  NO_ANSWER("GH-CLI-004", Kind.STATE),
  /** A file cannot be written. */
  FILE_UNWRITABLE("GH-CLI-005", Kind.ENVIRONMENT),
  /** The other side's certificate is not one that is trusted. */
  NOT_TRUSTED("GH-CLI-006", Kind.ENVIRONMENT);

  private final String id;
  private final Kind kind;

  RemoteErrorCode(String id, Kind kind) {
    this.id = id;
    this.kind = kind;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  /**
   * A code the gateway sent.
   *
   * @param id the code
   * @param kind who has to act
   */
  record Received(String id, Kind kind) implements ErrorCode {}
}
