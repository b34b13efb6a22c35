package dev.gatehouse.store.postgres.core;

import java.time.Instant;

/**
 * One look at the clocks; see {@link CommonTime}.
 *
 * @param wall the gateway's wall clock
 * @param common the time that the clocks agree on
 */
public record Moment(Instant wall, Instant common) {

  /** Whether an expiry has passed by either clock: in doubt it has. */
  public boolean isOver(Instant expiry) {
    return !wall.isBefore(expiry) || isEnded(expiry);
  }

  /** Whether an expiry has passed for good. */
  public boolean isEnded(Instant expiry) {
    return !common.isBefore(expiry);
  }
}
