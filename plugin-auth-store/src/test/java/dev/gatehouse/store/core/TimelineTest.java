package dev.gatehouse.store.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimelineTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration YEARS = Duration.ofDays(3650);

  private Instant wall = START;
  private long nanos = -5;
  private Timeline timeline = new Timeline(Optional.empty(), wall, nanos);

  private Moment look() {
    return timeline.look(wall, nanos);
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }

  private Instant end(Duration fromNow) {
    var now = look();
    return wall.plus(fromNow).plus(now.offset());
  }

  private boolean isOver(Instant end) {
    return !look().timeline().isBefore(end);
  }

  private void restart() {
    timeline = new Timeline(Optional.of(timeline.saved()), wall, nanos);
  }

  @Test
  void withoutStepsItIsTheWallClock() {
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofMillis(1700));
      assertThat(look().timeline()).isEqualTo(wall);
    }
    assertThat(look().offset()).isZero();
  }

  @Test
  void aBackwardStepExtendsNothing() {
    for (var step : new Duration[] {Duration.ofHours(1), YEARS, Duration.ofSeconds(6)}) {
      var end = end(Duration.ofMinutes(30));
      pass(Duration.ofMinutes(10));
      look();
      wall = wall.minus(step);
      assertThat(isOver(end)).isFalse();
      pass(Duration.ofMinutes(20).minusNanos(1));
      assertThat(isOver(end)).isFalse();
      pass(Duration.ofNanos(1));
      assertThat(isOver(end)).isTrue();
    }
  }

  @Test
  void manySmallBackwardStepsExtendByNoMoreThanTheTolerance() {
    var end = end(Duration.ofMinutes(10));
    for (int i = 0; i < 600; i++) {
      pass(Duration.ofSeconds(1));
      wall = wall.minusMillis(900);
      look();
    }
    pass(Timeline.TOLERANCE);
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void whatIsGrantedAfterABackwardStepLastsAsLongAsGranted() {
    look();
    wall = wall.minus(YEARS);
    var end = end(Duration.ofHours(8));
    pass(Duration.ofHours(8).minusSeconds(1));
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void aForwardStepThatIsTakenBackEndsNothing() {
    for (var step : new Duration[] {Duration.ofHours(1), YEARS}) {
      var end = end(Duration.ofMinutes(30));
      look();
      wall = wall.plus(step);
      pass(Timeline.CONFIRMATION.minusSeconds(1));
      assertThat(isOver(end)).isFalse();
      assertThat(timeline.isHolding()).isTrue();
      wall = wall.minus(step);
      pass(Duration.ofMinutes(10));
      assertThat(isOver(end)).isFalse();
      assertThat(timeline.isHolding()).isFalse();
      pass(Duration.ofMinutes(20));
      assertThat(isOver(end)).isTrue();
    }
  }

  @Test
  void whatIsGrantedByAClockThatIsAheadLastsNoLongerThanGranted() {
    look();
    wall = wall.plus(YEARS);
    var end = end(Duration.ofMinutes(2));
    pass(Duration.ofMinutes(1));
    wall = wall.minus(YEARS);
    pass(Duration.ofMinutes(1).minusNanos(1));
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void aBelievedStepIsToldOnce() {
    look();
    wall = wall.plus(YEARS);
    look();
    assertThat(timeline.takeBelievedStep()).isEmpty();
    pass(Timeline.CONFIRMATION);
    look();
    assertThat(timeline.takeBelievedStep()).contains(YEARS);
    assertThat(timeline.takeBelievedStep()).isEmpty();
  }

  @Test
  void aForwardStepThatLastsIsBelieved() {
    var end = end(Duration.ofHours(4));
    wall = wall.plus(Duration.ofHours(8));
    assertThat(isOver(end)).isFalse();
    pass(Timeline.CONFIRMATION.minusNanos(1));
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(isOver(end)).isTrue();
    assertThat(look().timeline()).isEqualTo(wall);
  }

  @Test
  void aShortForwardStepIsBelievedAtOnce() {
    wall = wall.plus(Timeline.PLAUSIBLE_STEP);
    assertThat(look().timeline()).isEqualTo(wall);
  }

  @Test
  void aBackwardStepThatIsTakenBackLeavesNoTrace() {
    var end = end(Duration.ofHours(2));
    wall = wall.minus(Duration.ofHours(1));
    look();
    pass(Duration.ofMinutes(4));
    wall = wall.plus(Duration.ofHours(1));
    assertThat(look().offset()).isZero();
    pass(Duration.ofMinutes(116).minusSeconds(1));
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void aBackwardStepSurvivesARestart() {
    var end = end(Duration.ofHours(2));
    wall = wall.minus(Duration.ofHours(1));
    look();
    restart();
    assertThat(look().offset()).isEqualTo(Duration.ofHours(1));
    pass(Duration.ofHours(2));
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void timeWhileClosedCounts() {
    var end = end(Duration.ofHours(2));
    wall = wall.plus(Duration.ofHours(2));
    nanos = 77;
    restart();
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void aClockThatIsFarAheadAtAStartEndsNothingBeforeItIsBelieved() {
    var end = end(Duration.ofHours(2));
    wall = wall.plus(YEARS);
    restart();
    assertThat(isOver(end)).isFalse();
    wall = wall.minus(YEARS);
    pass(Duration.ofMinutes(1));
    assertThat(isOver(end)).isFalse();
    assertThat(look().timeline()).isEqualTo(wall);
  }

  @Test
  void aBoardThatBootsIn1970GoesOnWhereItWas() {
    var end = end(Duration.ofHours(2));
    pass(Duration.ofHours(1));
    look();
    wall = Instant.EPOCH;
    nanos = 12345;
    restart();
    assertThat(timeline.isBehind()).isTrue();
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofMinutes(59));
    assertThat(isOver(end)).isFalse();
    pass(Duration.ofMinutes(1));
    assertThat(isOver(end)).isTrue();
  }

  @Test
  void onceTheClockOfTheBoardIsSetTheTimeItWasOffCounts() {
    var end = end(Duration.ofHours(2));
    var late = end(Duration.ofDays(30));
    look();
    wall = Instant.EPOCH;
    restart();
    pass(Duration.ofSeconds(40));
    assertThat(isOver(end)).isFalse();
    wall = START.plus(Duration.ofDays(3));
    assertThat(isOver(end)).isTrue();
    assertThat(isOver(late)).isFalse();
    assertThat(timeline.isBehind()).isFalse();
    assertThat(look().offset()).isZero();
  }

  @Test
  void restartingInTheWrongYearTwiceKeepsWhatWasKnown() {
    look();
    wall = Instant.EPOCH;
    restart();
    look();
    pass(Duration.ofMinutes(1));
    look();
    wall = Instant.EPOCH;
    restart();
    assertThat(timeline.isBehind()).isTrue();
    wall = START.plus(Duration.ofDays(1));
    assertThat(look().timeline()).isEqualTo(wall);
    assertThat(look().offset()).isZero();
  }

  @Test
  void whateverTheClockDoesItNeverRunsBackwardsAndNothingOutlivesItsTime() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    var random = new Random(seed);
    for (int run = 0; run < 300; run++) {
      wall = START;
      timeline = new Timeline(Optional.empty(), wall, nanos);
      look();
      var last = look().timeline();
      var length = Duration.ofSeconds(random.nextInt(1, 20_000));
      var end = end(length);
      long granted = nanos;
      for (int step = 0; step < 60; step++) {
        pass(Duration.ofMillis(random.nextInt(100_000)));
        switch (random.nextInt(6)) {
          case 0 -> wall = wall.minusSeconds(random.nextInt(1, 400_000_000));
          case 1 -> wall = wall.plusSeconds(random.nextInt(1, 400_000_000));
          case 2 -> {
            look();
            restart();
          }
          default -> {
            // time just passes
          }
        }
        var now = look().timeline();
        assertThat(now).as("seed " + seed).isAfterOrEqualTo(last);
        last = now;
        // Each restart and each step may hide at most what the tolerance allows.
        var lived = Duration.ofNanos(nanos - granted);
        if (lived.compareTo(length.plus(Timeline.TOLERANCE.multipliedBy(61))) > 0) {
          assertThat(now).as("seed " + seed).isAfterOrEqualTo(end);
        }
      }
    }
  }
}
