package dev.gatehouse.store.postgres.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The time that ends authorizations for good. Of three witnesses it believes two: the gateway's
 * wall clock, the database server's clock, and what the last agreed time has become since by the
 * gateway's monotonic clock.
 *
 * <ul>
 *   <li>One clock that jumps, in either direction, changes nothing.
 *   <li>Both jump together: the monotonic clock is believed for {@link #CONFIRMATION}, then they
 *       are. After a step backwards what was granted before ends as much sooner: see {@link
 *       #backwardStep()}.
 *   <li>At a start there is no third witness; if the two disagree, the earlier one ends for good
 *       and the later one denies. Clocks that read earlier than the store was last used are known
 *       to be wrong; the time goes on from what was last seen, and is not known, until they are
 *       right. Clocks that read more than {@link #PLAUSIBLE_ABSENCE} later are doubted for {@link
 *       #CONFIRMATION}.
 * </ul>
 *
 * <p>Not safe for concurrent use.
 */
public final class CommonTime {

  /** Differences up to this are drift. */
  public static final Duration TOLERANCE = Duration.ofSeconds(5);

  /** How long two clocks must contradict the monotonic one to be believed. */
  public static final Duration CONFIRMATION = Duration.ofMinutes(5);

  /** How long a store may plausibly have been unused. */
  public static final Duration PLAUSIBLE_ABSENCE = Duration.ofDays(30);

  private Instant anchor;
  private long anchorNanos;
  private boolean startedWrong;
  private @Nullable Duration apart;
  private @Nullable Duration doubted;
  private long doubtedSince;
  private @Nullable Duration backwardStep;
  private boolean startedApart;
  private boolean wallBehind;

  /**
   * Begins.
   *
   * @param seen the newest time ever agreed on; empty for a new store
   * @param database the database's clock
   * @param wall the gateway's wall clock
   * @param nanos the gateway's monotonic clock
   */
  public CommonTime(Optional<Instant> seen, Instant database, Instant wall, long nanos) {
    anchorNanos = nanos;
    apart = Duration.between(wall, database);
    anchor = earlier(database, wall);
    if (seen.isPresent()) {
      var absence = Duration.between(seen.get(), anchor);
      startedWrong = absence.compareTo(TOLERANCE.negated()) < 0;
      if (absence.isNegative() || absence.compareTo(PLAUSIBLE_ABSENCE) > 0) {
        anchor = seen.get();
      }
    }
    startedApart = !agree(wall, database);
    wallBehind = isBefore(wall, database);
  }

  /** Takes note of what the database's clock reads. */
  public void database(Instant database, Instant wall) {
    apart = Duration.between(wall, database);
  }

  /** Looks at the gateway's clocks. */
  public Moment look(Instant wall, long nanos) {
    var expected = anchor.plusNanos(nanos - anchorNanos);
    var database = apart == null ? wall : wall.plus(apart);
    boolean wallAgrees = agree(wall, expected);
    boolean databaseAgrees = agree(database, expected);
    startedApart &= !agree(wall, database);
    wallBehind = isBefore(wall, expected) || (startedApart && isBefore(wall, database));
    if (wallAgrees || databaseAgrees) {
      startedWrong = false;
      doubted = null;
      anchorAt(later(expected, wallAgrees ? wall : database), nanos);
    } else if (agree(wall, database)) {
      doubt(Duration.between(expected, earlier(wall, database)), nanos);
    } else {
      doubted = null;
    }
    return new Moment(wall, anchor.plusNanos(nanos - anchorNanos));
  }

  private void doubt(Duration step, long nanos) {
    if (startedWrong) {
      if (!step.isNegative()) {
        // The clocks have caught up with what was last seen: they are right again.
        startedWrong = false;
        anchorAt(anchor.plusNanos(nanos - anchorNanos).plus(step), nanos);
      }
      return;
    }
    if (doubted == null || !agree(doubted, step)) {
      doubted = step;
      doubtedSince = nanos;
    }
    if (nanos - doubtedSince >= CONFIRMATION.toNanos()) {
      if (step.isNegative()) {
        backwardStep = step.negated();
      }
      doubted = null;
      anchorAt(anchor.plusNanos(nanos - anchorNanos).plus(step), nanos);
    }
  }

  private void anchorAt(Instant time, long nanos) {
    anchor = time;
    anchorNanos = nanos;
  }

  private static boolean agree(Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(TOLERANCE) <= 0;
  }

  private static boolean agree(Duration one, Duration other) {
    return one.minus(other).abs().compareTo(TOLERANCE) <= 0;
  }

  private static boolean isBefore(Instant one, Instant other) {
    return Duration.between(one, other).compareTo(TOLERANCE) > 0;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  /** Whether the clocks read earlier than the store was last used. */
  public boolean isBehind() {
    return startedWrong;
  }

  /** Whether the gateway's wall clock is behind the time that the others agree on. */
  public boolean isWallBehind() {
    return wallBehind;
  }

  /** Whether the two clocks have contradicted each other ever since the start. */
  public boolean isApart() {
    return startedApart;
  }

  /** Whether a common step of both clocks waits to be believed. */
  public boolean isDoubting() {
    return doubted != null;
  }

  /** By how much both clocks were set back, now that it is believed, until it was followed. */
  public Optional<Duration> backwardStep() {
    return Optional.ofNullable(backwardStep);
  }

  /** What was granted before the backward step has been dealt with. */
  public void followed() {
    backwardStep = null;
  }
}
