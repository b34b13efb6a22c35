package dev.gatehouse.api.spi;

import java.util.Optional;

/**
 * Whether a plugin works.
 *
 * @param problem one sentence, empty while all is well
 * @since 0.1.0
 */
public record Health(Optional<String> problem) {

  private static final Health OK = new Health(Optional.empty());

  /** All is well. */
  public static Health ok() {
    return OK;
  }

  /** Something is wrong; the sentence says what. */
  public static Health failing(String sentence) {
    return new Health(Optional.of(sentence));
  }

  /** Whether all is well. */
  public boolean isOk() {
    return problem.isEmpty();
  }
}
