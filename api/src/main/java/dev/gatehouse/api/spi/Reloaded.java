package dev.gatehouse.api.spi;

import java.util.List;

/**
 * What became of a configuration that was read again. Keys are written {@code section.key}.
 *
 * @param changed keys whose new values count from now on
 * @param afterRestart keys whose new values wait for the next start
 * @since 0.1.0
 */
public record Reloaded(List<String> changed, List<String> afterRestart) {

  /** Copies the lists. */
  public Reloaded {
    changed = List.copyOf(changed);
    afterRestart = List.copyOf(afterRestart);
  }
}
