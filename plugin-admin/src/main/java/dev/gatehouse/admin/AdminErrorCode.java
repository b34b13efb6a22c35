package dev.gatehouse.admin;

import dev.gatehouse.api.ErrorCode;

/** What can be wrong with a request before anything is asked of the gateway. */
public enum AdminErrorCode implements ErrorCode {
  /** There is nothing at this path. */
  NO_SUCH_PATH("GH-ADMIN-001", Kind.REQUEST, 404),
  /** The path does not know this method. */
  METHOD_NOT_ALLOWED("GH-ADMIN-002", Kind.REQUEST, 405),
  /** The body is larger than allowed. */
  BODY_TOO_LARGE("GH-ADMIN-003", Kind.REQUEST, 413),
  /** The body is not JSON. */
  MALFORMED_JSON("GH-ADMIN-004", Kind.REQUEST, 400),
  /** The body is declared to be something else than JSON. */
  UNSUPPORTED_TYPE("GH-ADMIN-005", Kind.REQUEST, 415),
  /** The request did not arrive in time. */
  REQUEST_TIMEOUT("GH-ADMIN-006", Kind.REQUEST, 408),
  /** The gateway did not find the answer in time; a change may or may not have been made. */
  ANSWER_TIMEOUT("GH-ADMIN-007", Kind.STATE, 503),
  /** Too many requests are being answered already. */
  BUSY("GH-ADMIN-008", Kind.STATE, 503),
  /** What came is not HTTP. */
  MALFORMED_HTTP("GH-ADMIN-009", Kind.REQUEST, 400),
  /** Who asks over the network has to know the token. */
  UNAUTHORIZED("GH-ADMIN-010", Kind.REQUEST, 401),
  /** Too many wrong tokens came from one place. */
  TOO_MANY_FAILURES("GH-ADMIN-011", Kind.REQUEST, 429);

  private final String id;
  private final Kind kind;
  private final int status;

  AdminErrorCode(String id, Kind kind, int status) {
    this.id = id;
    this.kind = kind;
    this.status = status;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  /** The HTTP status that goes with it. */
  public int status() {
    return status;
  }
}
