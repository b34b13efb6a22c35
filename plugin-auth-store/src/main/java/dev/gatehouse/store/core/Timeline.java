package dev.gatehouse.store.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The store's own time: the wall clock plus all its backward steps, so that it never runs
 * backwards. An authorization's end is placed on the timeline when it is written; from then on no
 * setting of the clock can move it further away.
 *
 * <ul>
 *   <li>A backward step of the wall clock is added to the offset: the timeline goes on as the
 *       monotonic clock does. If the step is taken back within {@link #CONFIRMATION}, it leaves no
 *       trace.
 *   <li>A forward step larger than {@link #PLAUSIBLE_STEP} (a suspended machine, or a clock set
 *       wrong) is held for {@link #CONFIRMATION}: meanwhile the timeline goes on as the monotonic
 *       clock does, so nothing is ended for good by a clock that is put right soon. Whoever judges
 *       by the wall clock denies meanwhile.
 *   <li>At a start, a wall clock behind what was last seen is known to be wrong (a board without a
 *       battery boots in 1970). The timeline goes on from what was last seen, and {@link
 *       #isBehind()} says that the time is unknown, until the clock is right again.
 * </ul>
 *
 * <p>Not safe for concurrent use.
 */
public final class Timeline {

  /** Differences between the clocks up to this are drift, not steps. */
  public static final Duration TOLERANCE = Duration.ofSeconds(5);

  /** Forward steps up to this are taken at once. */
  public static final Duration PLAUSIBLE_STEP = Duration.ofMinutes(1);

  /** How long a larger forward step must last to be believed. */
  public static final Duration CONFIRMATION = Duration.ofMinutes(5);

  /** How long a store may plausibly have been closed. */
  public static final Duration PLAUSIBLE_ABSENCE = Duration.ofDays(30);

  /**
   * What survives a restart.
   *
   * @param timeline the newest reading
   * @param offset what was added to the wall clock
   */
  public record Saved(Instant timeline, Duration offset) {}

  private record BackwardStep(Duration size, long atNanos) {}

  private Instant anchorWall;
  private long anchorNanos;
  private Instant timeline;
  private Duration offset;
  private @Nullable Duration offsetBeforeWrongStart;
  private Instant startedFrom;
  private @Nullable BackwardStep lastBackwardStep;
  private boolean holding;
  private long holdingSince;
  private Duration held = Duration.ZERO;
  private @Nullable Duration believed;

  /**
   * Begins or goes on.
   *
   * @param saved from the last run; empty for a new store
   * @param wall the wall clock
   * @param nanos the monotonic clock
   */
  public Timeline(Optional<Saved> saved, Instant wall, long nanos) {
    anchorNanos = nanos;
    anchorWall = wall;
    timeline = wall;
    offset = Duration.ZERO;
    startedFrom = wall;
    saved.ifPresent(last -> goOnFrom(last, wall));
  }

  private void goOnFrom(Saved last, Instant wall) {
    var reading = wall.plus(last.offset());
    var absence = Duration.between(last.timeline(), reading);
    startedFrom = last.timeline();
    timeline = last.timeline();
    offset = last.offset();
    if (absence.compareTo(TOLERANCE.negated()) < 0) {
      offsetBeforeWrongStart = last.offset();
      offset = Duration.between(wall, last.timeline());
    } else if (absence.isNegative()) {
      offset = Duration.between(wall, last.timeline());
    } else if (absence.compareTo(PLAUSIBLE_ABSENCE) <= 0) {
      timeline = reading;
    } else {
      anchorWall = last.timeline().minus(last.offset());
    }
  }

  /** Looks at the clocks. */
  public Moment look(Instant wall, long nanos) {
    var before = offsetBeforeWrongStart;
    if (before != null && !wall.plus(before).isBefore(startedFrom)) {
      offset = before;
      offsetBeforeWrongStart = null;
      accept(wall, nanos);
    }
    var expected = anchorWall.plusNanos(nanos - anchorNanos);
    var step = Duration.between(expected, wall);
    if (step.abs().compareTo(TOLERANCE) <= 0) {
      holding = false;
      advanceTo(wall.plus(offset));
    } else if (step.isNegative()) {
      lastBackwardStep = new BackwardStep(step.negated(), nanos);
      offset = offset.minus(step);
      accept(wall, nanos);
    } else if (takesBackTheLastStep(step, nanos)) {
      offset = offset.minus(step);
      lastBackwardStep = null;
      accept(wall, nanos);
    } else if (step.compareTo(PLAUSIBLE_STEP) <= 0) {
      accept(wall, nanos);
    } else if (isConfirmed(step, nanos)) {
      believed = step;
      accept(wall, nanos);
    } else {
      advanceTo(expected.plus(offset));
    }
    return new Moment(wall, timeline, Duration.between(wall, timeline));
  }

  private boolean takesBackTheLastStep(Duration step, long nanos) {
    var last = lastBackwardStep;
    return last != null
        && nanos - last.atNanos() <= CONFIRMATION.toNanos()
        && step.minus(last.size()).abs().compareTo(TOLERANCE) <= 0;
  }

  private boolean isConfirmed(Duration step, long nanos) {
    if (!holding || step.minus(held).abs().compareTo(TOLERANCE) > 0) {
      holding = true;
      holdingSince = nanos;
      held = step;
    }
    return nanos - holdingSince >= CONFIRMATION.toNanos();
  }

  private void accept(Instant wall, long nanos) {
    anchorWall = wall;
    anchorNanos = nanos;
    holding = false;
    advanceTo(wall.plus(offset));
  }

  private void advanceTo(Instant reading) {
    if (reading.isAfter(timeline)) {
      timeline = reading;
    }
  }

  /** Whether the wall clock is known to be wrong: it reads earlier than the store was last used. */
  public boolean isBehind() {
    return offsetBeforeWrongStart != null;
  }

  /** Whether a large forward step is waiting to be believed. */
  public boolean isHolding() {
    return holding;
  }

  /**
   * The forward step that has just been believed after it was held; once. What was placed on the
   * timeline meanwhile was placed by a clock that was this much ahead of it, and has to follow.
   */
  public Optional<Duration> takeBelievedStep() {
    var step = Optional.ofNullable(believed);
    believed = null;
    return step;
  }

  /** What to keep for the next start. */
  public Saved saved() {
    var before = offsetBeforeWrongStart;
    return new Saved(timeline, before == null ? offset : before);
  }
}
