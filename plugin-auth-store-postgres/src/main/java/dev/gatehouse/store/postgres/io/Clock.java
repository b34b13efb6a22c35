package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.store.postgres.core.CommonTime;
import dev.gatehouse.store.postgres.core.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The time all gateways share, for several threads. */
final class Clock {

  /** What the database's clock is taken to read. */
  interface Reading {
    Instant of(Instant databaseClock);
  }

  private final TimeSource time;
  private final Reading reading;
  private @Nullable CommonTime common;
  private long knownSteps;
  private long stepsBeforeDoubt;

  Clock(TimeSource time, Reading reading) {
    this.time = time;
    this.reading = reading;
  }

  private CommonTime begun() {
    if (common == null) {
      throw new IllegalStateException("the clock has not begun");
    }
    return common;
  }

  synchronized void begin(Ledger.State state) {
    knownSteps = state.clockSteps();
    common =
        new CommonTime(
            state.seen(), reading.of(state.databaseClock()), time.now(), time.nanoTime());
    look();
  }

  /** Takes note of what the database said. */
  synchronized void heard(Instant databaseClock, long clockSteps) {
    begun().database(reading.of(databaseClock), time.now());
    knownSteps = clockSteps;
  }

  synchronized Moment look() {
    boolean before = begun().isDoubting();
    var moment = begun().look(time.now(), time.nanoTime());
    if (!before && begun().isDoubting()) {
      stepsBeforeDoubt = knownSteps;
    }
    return moment;
  }

  /** By how much all clocks were set back, until it was followed. */
  synchronized Optional<Duration> backwardStep() {
    return begun().backwardStep();
  }

  synchronized void followed() {
    begun().followed();
  }

  /** Whether no other gateway has followed the step already. */
  synchronized boolean isFirstToFollow(long clockSteps) {
    return clockSteps == stepsBeforeDoubt;
  }

  /** Whether expiries can be told; without the database a wall clock that is behind is no help. */
  synchronized boolean isKnown(boolean databaseAnswers) {
    return common == null
        || (!common.isBehind()
            && !(common.isWallBehind() && (common.isApart() || !databaseAnswers)));
  }

  synchronized Optional<String> problem() {
    if (common == null) {
      return Optional.empty();
    }
    if (common.isBehind()) {
      return Optional.of(
          "The clocks read earlier than the store was last used; set them, for example with NTP.");
    }
    if (common.isWallBehind()) {
      return Optional.of(
          "The clock of this machine is behind the others; set it, for example with NTP.");
    }
    return Optional.empty();
  }

  synchronized String state() {
    if (common == null) {
      return "unknown";
    }
    return common.isBehind() || common.isWallBehind()
        ? "behind"
        : common.isDoubting() ? "held" : "ok";
  }
}
