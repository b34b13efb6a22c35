package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.ErrorCode;

/** What the process says when it ends. Part of the interface: numbers do not change meaning. */
public enum ExitCode {
  /** All went well. */
  OK(0, "All went well; for 'run': stopped because it was asked to."),
  /** A failure without a number of its own. */
  FAILURE(1, "It failed."),
  /** The command line is wrong. */
  USAGE(2, "The command line is wrong."),
  /** The configuration is wrong. */
  CONFIGURATION(3, "The configuration is wrong; 'gatehouse check' tells where."),
  /** A plugin is missing, ambiguous, incompatible or broken. */
  PLUGIN(4, "A plugin is missing, ambiguous, incompatible or broken."),
  /** The machine does not give what is needed. */
  ENVIRONMENT(5, "A permission, port, device or library is missing."),
  /** Stored state is locked, damaged or unavailable. */
  STATE(6, "Stored state is locked, damaged or unavailable."),
  /** The request was refused or names what does not exist. */
  REQUEST(7, "The request was refused, or names what does not exist."),
  /** A fault of the program. */
  BUG(70, "A fault of Gatehouse itself; please report it.");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /** The number the process ends with. */
  public int number() {
    return number;
  }

  /** One sentence for the help. */
  public String meaning() {
    return meaning;
  }

  /** The exit code for a kind of error. */
  public static ExitCode of(ErrorCode.Kind kind) {
    return switch (kind) {
      case CONFIGURATION -> CONFIGURATION;
      case PLUGIN -> PLUGIN;
      case ENVIRONMENT -> ENVIRONMENT;
      case STATE -> STATE;
      case REQUEST -> REQUEST;
      case BUG -> BUG;
    };
  }
}
