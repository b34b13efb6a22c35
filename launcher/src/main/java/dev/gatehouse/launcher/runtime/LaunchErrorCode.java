package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.ErrorCode;

/** The codes of the launcher itself. */
public enum LaunchErrorCode implements ErrorCode {
  /** The start was given up because somebody asked for it. */
  START_CANCELLED("GH-LAUNCH-001", Kind.REQUEST);

  private final String id;
  private final Kind kind;

  LaunchErrorCode(String id, Kind kind) {
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
}
