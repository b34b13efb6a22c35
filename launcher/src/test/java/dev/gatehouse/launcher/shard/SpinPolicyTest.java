package dev.gatehouse.launcher.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpinPolicyTest {

  private static final long WINDOW = 60_000;

  private final SpinPolicy policy = new SpinPolicy(WINDOW, 0);
  private long now;

  private boolean workAfter(long nanos) {
    return workAfter(nanos, 5_000);
  }

  private boolean workAfter(long nanos, long took) {
    long from = now + nanos;
    now = from + took;
    return policy.worked(from, now);
  }

  private boolean lookAfter(long nanos) {
    now += nanos;
    return policy.lookAgain(now);
  }

  private void makeBusy() {
    for (int i = 0; i < 20; i++) {
      workAfter(10_000);
    }
  }

  @Test
  void nothingIsExpectedOfAnIdleLoop() {
    assertThat(workAfter(1_000_000)).isFalse();
    assertThat(workAfter(1_000_000)).isFalse();
  }

  @Test
  void workThatFollowsWorkIsWaitedForUntilTheWindowEnds() {
    makeBusy();
    assertThat(workAfter(10_000)).isTrue();
    assertThat(lookAfter(1_000)).isTrue();
    for (int i = 0; i < 58; i++) {
      assertThat(lookAfter(1_000)).isTrue();
    }
    assertThat(lookAfter(1_000)).isFalse();
  }

  @Test
  void requestsEveryTwoMillisecondsAreNotWaitedFor() {
    makeBusy();
    boolean last = true;
    for (int i = 0; i < 20; i++) {
      workAfter(2_000_000);
      last = workAfter(10_000);
    }
    assertThat(last).isFalse();
  }

  @Test
  void closedLoopOfRequestsIsWaitedForAgainAfterAFewTurns() {
    int turns = 0;
    while (!workAfter(40_000)) {
      turns++;
    }
    assertThat(turns).isBetween(1, SpinPolicy.ENOUGH);
  }

  @Test
  void conversationWhoseGapsTakeTurnsIsWaitedFor() {
    int turns = 0;
    while (!workAfter(45_000)) {
      workAfter(110_000);
      turns++;
    }
    assertThat(turns).isBetween(1, SpinPolicy.ENOUGH);
  }

  @Test
  void workThatAlwaysComesAfterTheWindowIsNotWaitedFor() {
    boolean any = false;
    for (int i = 0; i < 100; i++) {
      any |= workAfter(110_000);
    }
    assertThat(any).isFalse();
  }

  @Test
  void bulkTransfersAreNotWaitedFor() {
    makeBusy();
    boolean last = true;
    for (int i = 0; i < 20; i++) {
      last = workAfter(10_000, 50_000);
    }
    assertThat(last).isFalse();
  }

  @Test
  void onePauseDoesNotEndIt() {
    makeBusy();
    assertThat(workAfter(5_000_000)).isTrue();
  }

  @Test
  void loopThatIsKeptFromRunningGivesWayForAWhile() {
    makeBusy();
    assertThat(lookAfter(1_000)).isTrue();
    assertThat(lookAfter(70_000)).isFalse();
    boolean soon = true;
    for (int i = 0; i < 100; i++) {
      soon = workAfter(10_000);
    }
    assertThat(soon).isFalse();
    boolean later = false;
    for (int i = 0; i < 5_000; i++) {
      later = workAfter(10_000);
    }
    assertThat(later).isTrue();
  }
}
