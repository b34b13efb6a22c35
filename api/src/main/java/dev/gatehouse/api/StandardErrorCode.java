package dev.gatehouse.api;

/**
 * The codes the house itself uses.
 *
 * @since 0.1.0
 */
public enum StandardErrorCode implements ErrorCode {
  /** The configuration file or a value in it is wrong. */
  CONFIGURATION_INVALID("GH-CONFIG-001", Kind.CONFIGURATION),
  /** The configuration file cannot be read. */
  CONFIGURATION_UNREADABLE("GH-CONFIG-002", Kind.CONFIGURATION),
  /** A key file cannot be read or does not hold a key. */
  KEY_UNREADABLE("GH-CONFIG-003", Kind.CONFIGURATION),
  /** No plugin of a needed kind is installed. */
  PLUGIN_MISSING("GH-PLUGIN-001", Kind.PLUGIN),
  /** Several plugins of one kind are installed and none is chosen. */
  PLUGIN_AMBIGUOUS("GH-PLUGIN-002", Kind.PLUGIN),
  /** A plugin cannot be loaded. */
  PLUGIN_BROKEN("GH-PLUGIN-003", Kind.PLUGIN),
  /** A plugin was built against an API this release does not offer. */
  PLUGIN_INCOMPATIBLE("GH-PLUGIN-004", Kind.PLUGIN),
  /** A plugin cannot work on this machine. */
  PLUGIN_UNSUPPORTED("GH-PLUGIN-005", Kind.PLUGIN),
  /** A plugin did not start or stop within its deadline. */
  PLUGIN_TIMEOUT("GH-PLUGIN-006", Kind.PLUGIN),
  /** A right is missing, for example {@code CAP_NET_ADMIN}. */
  PERMISSION_DENIED("GH-ENV-001", Kind.ENVIRONMENT),
  /** An address or port is in use. */
  ADDRESS_IN_USE("GH-ENV-002", Kind.ENVIRONMENT),
  /** A device or a library is missing or refuses to work. */
  DEVICE_UNAVAILABLE("GH-ENV-003", Kind.ENVIRONMENT),
  /** Another process holds the state directory. */
  STATE_LOCKED("GH-STATE-001", Kind.STATE),
  /** Stored data is damaged or from a newer release. */
  STATE_UNREADABLE("GH-STATE-002", Kind.STATE),
  /** The store did not answer: the truth is unknown, which is never the same as absent. */
  STORE_UNAVAILABLE("GH-STATE-003", Kind.STATE),
  /** The store did not answer before the deadline; a write may or may not have happened. */
  STORE_DEADLINE("GH-STATE-004", Kind.STATE),
  /** What was named does not exist. */
  NOT_FOUND("GH-REQUEST-001", Kind.REQUEST),
  /** What was to be created exists, or was changed by someone else meanwhile. */
  CONFLICT("GH-REQUEST-002", Kind.REQUEST),
  /** A value in a request is wrong. */
  REQUEST_INVALID("GH-REQUEST-003", Kind.REQUEST),
  /** The program broke one of its own rules. */
  INTERNAL("GH-BUG-001", Kind.BUG);

  private final String id;
  private final Kind kind;

  StandardErrorCode(String id, Kind kind) {
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
