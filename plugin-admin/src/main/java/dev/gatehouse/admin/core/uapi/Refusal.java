package dev.gatehouse.admin.core.uapi;

import java.io.Serial;

/**
 * Why a request is not done. The protocol carries the number only; the sentences are for the log
 * and hold no secret.
 */
public final class Refusal extends Exception {

  @Serial private static final long serialVersionUID = 1L;

  private final Errno errno;
  private final String fix;

  /**
   * Creates a refusal.
   *
   * @param errno what the asker is told
   * @param problem one sentence: what was wrong
   * @param fix one sentence: what to do
   */
  public Refusal(Errno errno, String problem, String fix) {
    super(problem, null, false, false);
    this.errno = errno;
    this.fix = fix;
  }

  /** What the asker is told. */
  public Errno errno() {
    return errno;
  }

  /** What was wrong. */
  public String problem() {
    return String.valueOf(getMessage());
  }

  /** What to do. */
  public String fix() {
    return fix;
  }
}
