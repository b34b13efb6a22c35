package dev.gatehouse.store.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommonTimeTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TEN_YEARS = Duration.ofDays(3653);

  private Instant wall = START;
  private Instant database = START;
  private long nanos = -5;
  private CommonTime time = new CommonTime(Optional.empty(), START, START, nanos);

  private void pass(Duration by) {
    wall = wall.plus(by);
    database = database.plus(by);
    nanos += by.toNanos();
  }

  private Instant look() {
    time.database(database, wall);
    return time.look(wall, nanos).common();
  }

  private void restart(Instant seen) {
    nanos = 77;
    time = new CommonTime(Optional.of(seen), database, wall, nanos);
  }

  @Test
  void whileAllAgreeItIsTheirTime() {
    pass(HOUR);
    assertThat(look()).isEqualTo(wall);
    assertThat(time.isWallBehind()).isFalse();
    assertThat(time.isDoubting()).isFalse();
  }

  @Test
  void aGatewaysClockThatJumpsForwardEndsNothingForGood() {
    wall = wall.plus(TEN_YEARS);
    pass(HOUR);
    assertThat(look()).isEqualTo(START.plus(HOUR));
    assertThat(time.isWallBehind()).isFalse();
  }

  @Test
  void aGatewaysClockThatIsSetBackLengthensNothing() {
    wall = wall.minus(HOUR);
    pass(HOUR);
    assertThat(look()).isEqualTo(START.plus(HOUR));
    assertThat(time.isWallBehind()).isTrue();
    assertThat(time.isApart()).isFalse();
    wall = wall.plus(HOUR);
    look();
    assertThat(time.isWallBehind()).isFalse();
  }

  @Test
  void aDatabasesClockThatJumpsChangesNothing() {
    for (var jump : new Duration[] {HOUR, HOUR.negated(), TEN_YEARS, TEN_YEARS.negated()}) {
      database = wall.plus(jump);
      pass(HOUR);
      assertThat(look()).isEqualTo(wall);
      assertThat(time.isWallBehind()).isFalse();
    }
  }

  @Test
  void aCommonJumpForwardIsBelievedAfterFiveMinutes() {
    pass(HOUR);
    look();
    wall = wall.plus(HOUR);
    database = database.plus(HOUR);
    assertThat(look()).isEqualTo(START.plus(HOUR));
    assertThat(time.isDoubting()).isTrue();
    pass(Duration.ofMinutes(5).minusNanos(1));
    assertThat(look()).isBefore(wall.minus(Duration.ofMinutes(59)));
    pass(Duration.ofSeconds(1));
    assertThat(look()).isEqualTo(wall);
    assertThat(time.backwardStep()).isEmpty();
  }

  @Test
  void aCommonJumpThatIsTakenBackLeavesNoTrace() {
    for (var jump : new Duration[] {HOUR, HOUR.negated(), TEN_YEARS, TEN_YEARS.negated()}) {
      wall = wall.plus(jump);
      database = database.plus(jump);
      look();
      pass(Duration.ofMinutes(4));
      look();
      wall = wall.minus(jump);
      database = database.minus(jump);
      assertThat(look()).isEqualTo(wall);
      assertThat(time.isDoubting()).isFalse();
    }
    assertThat(time.backwardStep()).isEmpty();
    assertThat(wall).isEqualTo(START.plus(Duration.ofMinutes(16)));
  }

  @Test
  void aCommonStepBackIsFollowedAfterFiveMinutesOnce() {
    wall = wall.minus(HOUR);
    database = database.minus(HOUR);
    assertThat(look()).isEqualTo(START);
    pass(Duration.ofMinutes(5));
    assertThat(look()).isEqualTo(wall);
    assertThat(time.backwardStep()).contains(HOUR);
    time.followed();
    assertThat(time.backwardStep()).isEmpty();
  }

  @Test
  void aBoardThatBootsIn1970GoesOnFromWhatWasSeenUntilItIsSet() {
    wall = Instant.EPOCH;
    database = Instant.EPOCH;
    restart(START);
    assertThat(look()).isEqualTo(START);
    assertThat(time.isBehind()).isTrue();
    pass(HOUR);
    assertThat(look()).isEqualTo(START.plus(HOUR));
    assertThat(time.isBehind()).isTrue();
    wall = START.plus(HOUR.multipliedBy(3));
    database = wall;
    look();
    assertThat(time.isBehind()).isFalse();
    assertThat(look()).isEqualTo(wall);
    assertThat(time.backwardStep()).isEmpty();
  }

  @Test
  void aGatewayThatBootsIn1970TrustsTheDatabaseThatOthersUse() {
    wall = Instant.EPOCH;
    restart(database.minusSeconds(2));
    assertThat(look()).isBetween(database.minusSeconds(2), database);
    assertThat(time.isBehind()).isFalse();
    assertThat(time.isWallBehind()).isTrue();
  }

  @Test
  void aStartMoreThanThirtyDaysLaterIsDoubtedForFiveMinutes() {
    pass(Duration.ofDays(31));
    restart(START);
    assertThat(look()).isEqualTo(START);
    assertThat(time.isBehind()).isFalse();
    pass(Duration.ofMinutes(5));
    assertThat(look()).isEqualTo(wall);
  }

  @Test
  void aStartWithinThirtyDaysCountsAtOnce() {
    pass(Duration.ofDays(29));
    restart(START);
    assertThat(look()).isEqualTo(wall);
  }

  @Test
  void atAStartTheEarlierClockEndsAndTheLaterDenies() {
    wall = wall.plus(HOUR);
    restart(START);
    assertThat(look()).isEqualTo(database);
    assertThat(time.isWallBehind()).isFalse();
    wall = database.minusSeconds(20);
    restart(wall);
    assertThat(look()).isEqualTo(wall);
    assertThat(time.isApart()).isTrue();
    assertThat(time.isWallBehind()).isTrue();
    wall = database;
    look();
    assertThat(time.isApart()).isFalse();
    assertThat(time.isWallBehind()).isFalse();
  }
}
