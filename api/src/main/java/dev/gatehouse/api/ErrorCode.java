package dev.gatehouse.api;

/**
 * A stable name for one way something can fail. Codes are part of the API: they do not change
 * meaning between releases. Plugins add their own by implementing this interface with an enum.
 *
 * @since 0.1.0
 */
public interface ErrorCode {

  /** Who has to act, and with that the exit code of the launcher. */
  enum Kind {
    /** The configuration or a command line is wrong; the operator edits it. */
    CONFIGURATION,
    /** A plugin is missing, ambiguous, incompatible or broken. */
    PLUGIN,
    /** The machine does not give what is needed: permission, port, device, library. */
    ENVIRONMENT,
    /** Stored state is unavailable, damaged, or held by someone else. */
    STATE,
    /** What was asked for does not fit the current state, for example an unknown client. */
    REQUEST,
    /** A fault of the program itself. */
    BUG
  }

  /** The code as users see it, for example {@code GH-TUN-001}: upper case, digits and dashes. */
  String id();

  /** Who has to act. */
  Kind kind();
}
