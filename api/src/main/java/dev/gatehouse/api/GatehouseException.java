package dev.gatehouse.api;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The one unchecked exception of the API: what was wrong, where, and what to do about it.
 *
 * <p>{@link #getMessage()} is complete by itself and fit to be shown to a user: it ends with the
 * fix. It never holds a key or another secret.
 *
 * @since 0.1.0
 */
public class GatehouseException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final transient ErrorCode code;
  private final String problem;
  private final String fix;

  /**
   * Creates an exception.
   *
   * @param code the stable code
   * @param problem one sentence: what was wrong and where
   * @param fix one sentence: what to do; empty if there is nothing a user could do
   */
  public GatehouseException(ErrorCode code, String problem, String fix) {
    this(code, problem, fix, null);
  }

  /**
   * Creates an exception with its cause.
   *
   * @param code the stable code
   * @param problem one sentence: what was wrong and where
   * @param fix one sentence: what to do; empty if there is nothing a user could do
   * @param cause what the platform reported, for the log at DEBUG
   */
  public GatehouseException(ErrorCode code, String problem, String fix, @Nullable Throwable cause) {
    super(fix.isEmpty() ? problem : problem + " " + fix, cause);
    this.code = code;
    this.problem = problem;
    this.fix = fix;
  }

  /** The stable code. */
  public ErrorCode code() {
    return code;
  }

  /** What was wrong and where, without the fix. */
  public String problem() {
    return problem;
  }

  /** What to do; may be empty. */
  public String fix() {
    return fix;
  }
}
