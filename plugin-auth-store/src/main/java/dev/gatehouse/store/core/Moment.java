package dev.gatehouse.store.core;

import java.time.Duration;
import java.time.Instant;

/**
 * One look at the clocks; see {@link Timeline}.
 *
 * @param wall the wall clock
 * @param timeline the store's own time, which never runs backwards
 * @param offset what to add to a wall-clock time written now to place it on the timeline: the
 *     difference between the two
 */
public record Moment(Instant wall, Instant timeline, Duration offset) {}
